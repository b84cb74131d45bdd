package stack

import "errors"

// ErrEmpty is returned where there is nothing to take.
var ErrEmpty = errors.New("stack: empty")

// Stack is a last-in, first-out list of whole numbers.
type Stack struct {
	items []int
}

// Push puts a number on top.
func (s *Stack) Push(item int) {}

// Pop takes the top number off, or says ErrEmpty.
func (s *Stack) Pop() (int, error) {
	panic("TODO")
}

// Sum adds all numbers up.
func (s *Stack) Sum() int {
	total := 0
	for _, item := range s.items {
		// TODO: add the item to the total
	}
	return total
}

// Max is the largest number of a non-empty list.
func Max(numbers []int) int {
	// TODO: return the largest number
}
