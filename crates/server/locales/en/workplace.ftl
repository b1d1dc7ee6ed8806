### What is on every page, the task list, one task, and what is held about a guest.

## Dates and times

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
due-today = due today, { $time }
due-tomorrow = due tomorrow, { $time }
due-in-days = due in { $days } days ({ $date })
due-on = due on { $date }
overdue-today = overdue since { $time } today
overdue-days =
    { $days ->
        [one] overdue by 1 day
       *[other] overdue by { $days } days
    }

## Every page

skip-to-content = Skip to content
menu = Menu
menu-tasks = My tasks
menu-devices = Devices
menu-preferences = Preferences
menu-held = My data
sign-out = Sign out
no-account = You need no account for this. The link in your mail is all it takes.

## The task list

greeting = Hello { $name }
open-tasks =
    { $count ->
        [0] Nothing waits for you.
        [one] One task waits for you.
       *[other] { $count } tasks wait for you.
    }
filter = Which tasks
show-todo = To do ({ $count })
show-done = Done ({ $count })
show-all = All
all-done = You are done. Thank you!
nothing-done = You have not finished anything here yet.
nothing-yet = { $organization } has no task for you at the moment.
come-again = If something new comes up, you get a mail. You can close this page.
other-tasks = Other tasks
progress = { $complete } of { $total } steps done
done-on = done on { $date }
part-done = your part is done, others are still at it
starts-on = starts on { $date }
no-deadline = no deadline
previous-page = Previous page
next-page = Next page
finished-now = Done: “{ $title }”. Thank you!

## One task

back-to-tasks = Back to my tasks
saved = Saved. You can go on later, on any device.
saved-short = Saved
saving = Saving…
unsaved = Not saved yet, will try again
signed-out = You are not signed in here any more. Copy what you typed, and open the link in your mail again.
not-saved-reload = This could not be saved. Copy what you typed and reload the page.
please-check = Please check
not-saved = This was not saved
start-form = What was filled in at the start
filled-in = What was filled in
required = required
choose = Please choose
picked = Picked:
picked-others = others
one-address-a-line = One e-mail address a line.
no-files = No files.
do-save = Save
do-complete = Done
do-approve = Approve
do-reject = Reject
do-acknowledge = I have read it
do-send = Send now
who-else = Who else is on it
nobody-else = Nobody but you.
companion-guest = { $name } (guest)
add-colleague = Add a colleague
colleague-address = E-mail address of your colleague
colleague-hint = They get a mail with a link of their own and can do this task like you. You stay on it.
do-add = Add
colleague-added = Your colleague was added and will get a mail.
colleague-self = That is your own address.
colleague-refused = This address cannot be added.
whole-process = All steps of this process
history = What you did
deed-completed = You finished this task
deed-part = You did your part
deed-saved = You filled in the form
deed-added = You added a colleague
deed-reported = You reported an issue
issue-reported = Thank you. Somebody will look at it.
note-public = You can read this task. It is for others to do.
note-run-complete = The whole process is complete. You can still read everything, but nothing can be changed. If something is wrong, report a problem.
note-part-done = Your part is done. Others are still at theirs.
note-frozen = There is a problem with the whole process. You can go on as soon as it is solved.
note-issue = A problem was reported. This task can be finished as soon as it is solved.
note-draft = A member of the organization sends this mail. There is nothing for you to press.
note-deadline-later = The deadline is set when an earlier step is done.
note-expiring = If you do nothing, this task ends by itself at its deadline.
outcome-by-you = You finished this task. Thank you!
outcome-approved = It was approved.
outcome-rejected = It was rejected.
outcome-acknowledged = It was read.
outcome-expired = Its time ran out.
outcome-sent = The mail was sent.
problem-changed = This task was changed after you opened it. Please look at it again, then press the button once more. What you typed is still here.
problem-complete = Somebody finished this task in the meantime.
problem-other-form = The form of this task was changed after you opened it. Please look at it again.
meanwhile = Somebody filled in something else in the meantime: { $value }. Save again to keep what is typed here.
meanwhile-cleared = Somebody cleared this in the meantime. Save again to keep what is typed here.
fault-empty = Please fill this in.
fault-text = Please type at most { $limit } visible characters.
fault-choice = Please choose one of the options.
fault-all-checked = Please tick every box.
fault-date = Please give a date, such as 2025-05-31.
fault-email = Please type an e-mail address, such as ann@example.com.
fault-people = Please type e-mail addresses only, one a line.
fault-file = Please check the files.
asked-number = A number.
asked-email = An e-mail address.
asked-url = A full web address, such as https://example.com.
asked-letters = Letters only.
asked-letters-digits = Letters and digits only.
asked-letters-digits-dashes = Letters, digits, hyphens and underscores only.
asked-between = From { $min } to { $max }.
asked-at-least = At least { $min }.
asked-at-most = At most { $max }.
asked-length-between = { $min } to { $max } characters.
asked-length-at-least = At least { $min } characters.
asked-length-at-most = At most { $max } characters.

## What is held about a guest

held-title = What is held about you
held-intro = This is what { $organization } keeps about you here. Other organizations cannot see it.
held-email = E-mail address
held-first-name = First name
held-last-name = Last name
held-company = Company
held-phone = Telephone
held-timezone = Time zone
held-since = Known since
held-last-visit = Last visit
held-network = Network address of that visit
held-place = Place of that address
held-tasks =
    { $count ->
        [one] One task that you can see, with what was filled in.
       *[other] { $count } tasks that you can see, with what was filled in.
    }
held-deeds =
    { $count ->
        [one] One entry about what you did.
       *[other] { $count } entries about what you did.
    }
held-download = Download everything
held-change = If something is wrong or should be deleted, write to the people who gave you the task.
