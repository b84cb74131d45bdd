/** A job that waits for its turn. */
export interface Job<T> {
  readonly name: string;
  priority: number;
  run(): Promise<T>;
}

/** Jobs, the most urgent one first. */
export class JobQueue<T> {
  private readonly jobs: Job<T>[] = [];

  /** Put a job where its priority belongs. */
  add(job: Job<T>): void {}

  /** Take the most urgent job off, if there is one. */
  next(): Job<T> | undefined {
    throw new Error("not implemented");
  }

  /** Run all jobs one after the other. */
  async drain(): Promise<T[]> {
    const results: T[] = [];
    // TODO: run each job and collect its result
    return results;
  }
}

/** The names of the jobs by priority. */
export function byPriority<T>(jobs: readonly Job<T>[]): Map<number, string[]> {
  // TODO: group the names
}
