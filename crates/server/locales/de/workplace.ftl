### Was auf jeder Seite steht, die Aufgabenliste, eine Aufgabe, und was über einen Gast gespeichert ist.

## Datum und Uhrzeit

month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
date = { $day }. { $month } { $year }
date-time = { $date }, { $time } Uhr
due-today = heute fällig, { $time } Uhr
due-tomorrow = morgen fällig, { $time } Uhr
due-in-days = fällig in { $days } Tagen ({ $date })
due-on = fällig am { $date }
overdue-today = überfällig seit heute, { $time } Uhr
overdue-days =
    { $days ->
        [one] seit 1 Tag überfällig
       *[other] seit { $days } Tagen überfällig
    }

## Jede Seite

skip-to-content = Zum Inhalt springen
menu = Menü
menu-tasks = Meine Aufgaben
menu-devices = Geräte
menu-preferences = Einstellungen
menu-held = Meine Daten
sign-out = Abmelden
no-account = Sie brauchen dafür kein Konto. Der Link in Ihrer E-Mail genügt.
