### What mails say, and preferences.

## Subjects

mail-subject-tasks =
    { $count ->
        [one] Eine Aufgabe für Sie bei { $org }
       *[other] { $count } Aufgaben für Sie bei { $org }
    }
mail-subject-reopened = Wieder offen: { $title }
mail-subject-deadline = Neue Frist: { $title }
mail-subject-edited = Geändert: { $title }
mail-subject-changes =
    { $count ->
        [one] Eine Ihrer Aufgaben wurde geändert
       *[other] { $count } Ihrer Aufgaben wurden geändert
    }
mail-subject-reminder = Erinnerung: { $title }
mail-subject-reminders =
    { $count ->
        [one] Eine Erinnerung von { $org }
       *[other] { $count } Erinnerungen von { $org }
    }
mail-subject-comment = Neuer Kommentar: { $title }
mail-subject-comments =
    { $count ->
        [one] Ein neuer Kommentar bei { $org }
       *[other] { $count } neue Kommentare bei { $org }
    }
mail-subject-issue = Problem gemeldet: { $title }
mail-subject-resolved = Problem gelöst: { $title }
mail-subject-issues =
    { $count ->
        [one] Neues zu einem Problem bei { $org }
       *[other] Neues zu { $count } Problemen bei { $org }
    }
mail-subject-digest =
    { $count ->
        [one] 1 offene Aufgabe bei { $org }
       *[other] { $count } offene Aufgaben bei { $org }
    }
mail-subject-link = Ihr Link zu { $org }
mail-subject-code = Ihr Code für { $org }
mail-subject-device = { $guest } ist auf einem weiteren Gerät angemeldet
mail-subject-unreachable = Mails an { $guest } kommen nicht an

## What is said

mail-hello = Guten Tag { $name },
mail-hello-plain = Guten Tag,
mail-intro-tasks =
    { $count ->
        [one] { $org } hat eine Aufgabe für Sie.
       *[other] { $org } hat { $count } Aufgaben für Sie.
    }
mail-intro-reopened = Das ist noch einmal zu tun. Was Sie ausgefüllt haben, ist noch da.
mail-intro-changes =
    { $count ->
        [one] { $org } hat eine Ihrer Aufgaben geändert.
       *[other] { $org } hat { $count } Ihrer Aufgaben geändert.
    }
mail-intro-reminder = { $org } bittet Sie, das zu erledigen.
mail-intro-comments = Jemand hat etwas zu einer Ihrer Aufgaben geschrieben.
mail-intro-issues = Es gibt Neues zu einem Problem mit einer Ihrer Aufgaben.
mail-intro-digest = Das hat { $org } für Sie zu tun.
mail-intro-link = Hier ist ein neuer Link zu Ihren Aufgaben bei { $org }.
mail-intro-code = Geben Sie diesen Code auf der Seite ein, die danach fragt:
mail-code-life = Er gilt 10 Minuten, und nur in dem Browser, der danach gefragt hat. Niemand wird Sie je am Telefon oder per Mail danach fragen.
mail-ignore = Wenn Sie das nicht verlangt haben, tun Sie nichts: Ohne diese Mail kommt niemand herein.
mail-intro-device = { $guest } hat die Aufgaben auf einem weiteren Gerät geöffnet ({ $device }), während anderswo eine Sitzung offen war. Vielleicht wurde die Mail weitergeleitet. Wenn Sie das nicht erwarten, beenden Sie die Sitzungen des Gastes.
mail-intro-unreachable = Mails an { $guest } ({ $email }) kommen nicht an. Der Mailserver sagt: { $why }
mail-unreachable-help = Die Aufgaben warten. Prüfen Sie die Adresse, oder wenden Sie sich auf anderem Weg an die Person.

## Of one task

mail-item-deadline = Frist: { $when }
mail-item-overdue = Überfällig seit { $when }
mail-item-moved = Neue Frist: { $new }, bisher: { $old }
mail-item-none = keine
mail-item-edited = Sie lautet jetzt anders.
mail-item-reopened = wieder offen
mail-item-process = Prozess: { $process }
mail-item-comment = Neuer Kommentar
mail-item-comment-by = Neuer Kommentar von { $name }
mail-item-issue = Ein Problem wurde gemeldet
mail-item-issue-by = { $name } hat ein Problem gemeldet
mail-item-resolved = Das Problem wurde gelöst
mail-item-asked-by = { $name } bittet darum
mail-progress = { $done } von { $total } Schritten erledigt
mail-other-tasks = Weitere Aufgaben
mail-more =
    { $count ->
        [one] und 1 weitere
       *[other] und { $count } weitere
    }

## Buttons and footers

mail-open-task = Aufgabe öffnen
mail-open-tasks = Meine Aufgaben öffnen
mail-link-life = Die Links gelten einmal, 30 Tage lang, und sind nur für Sie bestimmt: Bitte leiten Sie diese Mail nicht weiter.
mail-footer = Gesendet von { $org }. Sie brauchen dafür kein Konto.
mail-footer-member = Sie erhalten diese Mail als Mitglied von { $org }.
mail-footer-preferences = E-Mail-Einstellungen
mail-footer-unsubscribe = Keine Mails dieser Art mehr

## Preferences

preferences-saved = Gespeichert.
preferences-language = Sprache
preferences-language-any = Wie mein Browser
preferences-zone = Zeitzone
preferences-zone-hint = Ein Name wie Europe/Berlin. Leer lassen für die der Organisation.
preferences-zone-fault = Es gibt keine Zeitzone mit diesem Namen.
preferences-kinds = Mails, die ich möchte
preferences-kinds-hint = Erinnerungen, die Ihnen jemand schickt, und Links und Codes, die Sie anfordern, kommen immer.
mail-kind-tasks = Neue und wieder geöffnete Aufgaben
mail-kind-changes = Geänderte Aufgaben und Fristen
mail-kind-comments = Kommentare
mail-kind-issues = Probleme
mail-kind-digest = Übersicht über das, was zu tun ist
preferences-digest-hint = Kommt um sechs Uhr morgens, wenn etwas zu tun ist. Wählen Sie keinen Tag, um keine zu erhalten.
preferences-days-organization = Wie in der Organisation: { $days }
preferences-days-own = An diesen Tagen:
preferences-days-none = nie
day-monday = Montag
day-tuesday = Dienstag
day-wednesday = Mittwoch
day-thursday = Donnerstag
day-friday = Freitag
day-saturday = Samstag
day-sunday = Sonntag
preferences-quiet = Ruhezeiten
preferences-quiet-hint = Mails warten, bis sie vorbei sind.
preferences-quiet-on = Zu diesen Zeiten keine Mails senden
preferences-from = Von
preferences-to = Bis
preferences-quiet-fault = Geben Sie zwei verschiedene Uhrzeiten an, etwa 22:00 und 07:00.
preferences-save = Speichern
unsubscribe-title = Diese Mails abbestellen?
unsubscribe-kind = Es geht um: { $kind }
unsubscribe-hint = Ihre Aufgaben bleiben, und Sie können die Mails in den Einstellungen wieder einschalten.
unsubscribe-stop = Diese Mails abbestellen
unsubscribe-keep = Weiter erhalten
unsubscribe-done = Sie erhalten keine Mails dieser Art mehr
unsubscribe-kept = Es wurde nichts geändert
