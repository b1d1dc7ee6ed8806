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
