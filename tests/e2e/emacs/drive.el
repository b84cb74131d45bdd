;;; What a user of eglot does: open a file, choose the code action, undo.  -*- lexical-binding: t -*-
;; MAZE_TEST_SERVER is the server's command, MAZE_TEST_FILE the file; what is seen is printed as JSON.
(require 'eglot)
(require 'json)

(add-to-list 'eglot-server-programs
             (cons 'python-mode (split-string (getenv "MAZE_TEST_SERVER"))))
(setq eglot-confirm-server-initiated-edits nil
      eglot-sync-connect 60)
(setq-default eglot-workspace-configuration
              (list :maze (json-parse-string (getenv "MAZE_TEST_SETTINGS") :object-type 'plist)))

(let (seen (last-nonmenu-event ?a))
  (find-file (getenv "MAZE_TEST_FILE"))
  (eglot-ensure)
  (eglot--maybe-activate-editing-mode)
  (unless (eglot-current-server)
    (apply #'eglot--connect (eglot--guess-contact)))
  (buffer-enable-undo)
  (goto-char (point-min))
  (search-forward "...")
  (undo-boundary)
  (let ((before (buffer-string))
        (actions (eglot-code-actions (point) (point))))
    (push (cons 'titles (vconcat (mapcar (lambda (one) (plist-get one :title)) actions))) seen)
    (cl-letf (((symbol-function 'completing-read) (lambda (_ items &rest _) (caar items))))
      (push (cons 'answer (eglot-code-actions (point) (point) nil t)) seen))
    (push (cons 'text (buffer-string)) seen)
    (undo-boundary)
    (undo-start)
    (undo-more 2)
    (push (cons 'undone (if (equal (buffer-string) before) t :json-false)) seen))
  (set-buffer-modified-p nil)
  (eglot-shutdown (eglot-current-server) nil 10)
  (princ (json-encode seen)))
