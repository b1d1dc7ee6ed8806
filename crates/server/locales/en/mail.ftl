### What mails say, and preferences.

## Subjects

mail-subject-tasks =
    { $count ->
        [one] A task for you at { $org }
       *[other] { $count } tasks for you at { $org }
    }
mail-subject-reopened = Open again: { $title }
mail-subject-deadline = New deadline: { $title }
mail-subject-edited = Changed: { $title }
mail-subject-changes =
    { $count ->
        [one] A task of yours was changed
       *[other] { $count } tasks of yours were changed
    }
mail-subject-reminder = Reminder: { $title }
mail-subject-reminders =
    { $count ->
        [one] A reminder from { $org }
       *[other] { $count } reminders from { $org }
    }
mail-subject-comment = New comment: { $title }
mail-subject-comments =
    { $count ->
        [one] A new comment at { $org }
       *[other] { $count } new comments at { $org }
    }
mail-subject-issue = Issue reported: { $title }
mail-subject-resolved = Issue resolved: { $title }
mail-subject-issues =
    { $count ->
        [one] News of an issue at { $org }
       *[other] News of { $count } issues at { $org }
    }
mail-subject-digest =
    { $count ->
        [one] 1 task to do at { $org }
       *[other] { $count } tasks to do at { $org }
    }
mail-subject-link = Your link to { $org }
mail-subject-code = Your code for { $org }
mail-subject-device = { $guest } came in on another device
mail-subject-unreachable = Mail to { $guest } does not arrive

## What is said

mail-hello = Hello { $name },
mail-hello-plain = Hello,
mail-intro-tasks =
    { $count ->
        [one] { $org } has a task for you.
       *[other] { $org } has { $count } tasks for you.
    }
mail-intro-reopened = This is to be done again. What you filled in is still there.
mail-intro-changes =
    { $count ->
        [one] { $org } changed a task of yours.
       *[other] { $org } changed { $count } tasks of yours.
    }
mail-intro-reminder = { $org } asks you to do this, please.
mail-intro-comments = Somebody wrote something about a task of yours.
mail-intro-issues = There is news of an issue with a task of yours.
mail-intro-digest = This is what { $org } has for you to do.
mail-intro-link = Here is a fresh link to your tasks at { $org }.
mail-intro-code = Type this code into the page that asks for it:
mail-code-life = It works for 10 minutes, and only in the browser that asked for it. Nobody will ever ask you for it by phone or mail.
mail-ignore = If you did not ask for this, do nothing: nobody gets in without this mail.
mail-intro-device = { $guest } opened the tasks on another device ({ $device }) while a session was open elsewhere. The mail may have been forwarded. If you do not expect that, end the guest’s sessions.
mail-intro-unreachable = Mail to { $guest } ({ $email }) does not arrive. The mail server said: { $why }
mail-unreachable-help = Their tasks wait. Check the address, or reach them in another way.

## Of one task

mail-item-deadline = Deadline: { $when }
mail-item-overdue = Overdue since { $when }
mail-item-moved = New deadline: { $new }, before: { $old }
mail-item-none = none
mail-item-edited = It reads differently now.
mail-item-reopened = open again
mail-item-process = Process: { $process }
mail-item-comment = New comment
mail-item-comment-by = New comment by { $name }
mail-item-issue = An issue was reported
mail-item-issue-by = { $name } reported an issue
mail-item-resolved = The issue was resolved
mail-item-asked-by = { $name } asks for it
mail-progress = { $done } of { $total } steps done
mail-other-tasks = Other tasks
mail-more =
    { $count ->
        [one] and 1 more
       *[other] and { $count } more
    }

## Buttons and footers

mail-open-task = Open the task
mail-open-tasks = Open my tasks
mail-link-life = The links work once, for 30 days, and are meant for you alone: please do not forward this mail.
mail-footer = Sent by { $org }. You need no account for this.
mail-footer-member = You get this mail as a member of { $org }.
mail-footer-preferences = Manage email preferences
mail-footer-unsubscribe = No more mails of this kind

## Preferences

preferences-saved = Saved.
preferences-language = Language
preferences-language-any = As my browser asks
preferences-zone = Time zone
preferences-zone-hint = A name such as Europe/Berlin. Leave it empty for that of the organization.
preferences-zone-fault = There is no time zone with this name.
preferences-kinds = Mails that I want
preferences-kinds-hint = Reminders that somebody sends you, and links and codes that you ask for, always come.
mail-kind-tasks = New tasks, and tasks that are open again
mail-kind-changes = Changed tasks and deadlines
mail-kind-comments = Comments
mail-kind-issues = Issues
mail-kind-digest = Overview of what is to do
preferences-digest-hint = Comes at six in the morning, if there is something to do. Choose no day to get none.
preferences-days-organization = As the organization has it: { $days }
preferences-days-own = On these days:
preferences-days-none = never
day-monday = Monday
day-tuesday = Tuesday
day-wednesday = Wednesday
day-thursday = Thursday
day-friday = Friday
day-saturday = Saturday
day-sunday = Sunday
preferences-quiet = Quiet hours
preferences-quiet-hint = Mails wait until they are over.
preferences-quiet-on = Send no mail at these times
preferences-from = From
preferences-to = To
preferences-quiet-fault = Give two different times, such as 22:00 and 07:00.
preferences-save = Save
unsubscribe-title = Stop these mails?
unsubscribe-kind = It is about: { $kind }
unsubscribe-hint = Your tasks stay, and you can switch the mails on again in your preferences.
unsubscribe-stop = Stop these mails
unsubscribe-keep = Keep them
unsubscribe-done = You get no more mails of this kind
unsubscribe-kept = Nothing was changed
