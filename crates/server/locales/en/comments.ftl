### Comments and issues.

comments = Comments
no-comments = Nobody has said anything yet.
comment-by-you = You
comment-by-organization = The organization
comment-label = Say something about this task
comment-open = Other guests on this task may read it too
do-comment = Send
commented = Thank you. Your comment was sent.
comment-too-many = Too much was said in the last hour. Please try again later; what you typed is still here.
comment-refused = Nothing can be said about this task now. What you typed is still here.
comment-unfold = Show
report-issue = Report a problem
issue-label = What is wrong?
issue-hint = The task waits until somebody in the organization has solved it. If it was finished, it may be opened again.
do-report = Report the problem
comment-issue = Problem
comment-issue-resolved = Problem, solved
comment-resolves = Solution
