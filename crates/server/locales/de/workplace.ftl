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

## Die Aufgabenliste

greeting = Guten Tag, { $name }
open-tasks =
    { $count ->
        [0] Nichts wartet auf Sie.
        [one] Eine Aufgabe wartet auf Sie.
       *[other] { $count } Aufgaben warten auf Sie.
    }
filter = Welche Aufgaben
show-todo = Offen ({ $count })
show-done = Erledigt ({ $count })
show-all = Alle
all-done = Sie sind fertig. Vielen Dank!
nothing-done = Sie haben hier noch nichts erledigt.
nothing-yet = { $organization } hat zurzeit keine Aufgabe für Sie.
come-again = Wenn es etwas Neues gibt, bekommen Sie eine E-Mail. Sie können diese Seite schließen.
other-tasks = Weitere Aufgaben
progress = { $complete } von { $total } Schritten erledigt
done-on = erledigt am { $date }
part-done = Ihr Teil ist erledigt, andere sind noch dabei
starts-on = beginnt am { $date }
no-deadline = ohne Frist
previous-page = Vorherige Seite
next-page = Nächste Seite
finished-now = Erledigt: „{ $title }“. Vielen Dank!

## Eine Aufgabe

back-to-tasks = Zurück zu meinen Aufgaben
saved = Gespeichert. Sie können später weitermachen, auf jedem Gerät.
saved-short = Gespeichert
saving = Wird gespeichert …
unsaved = Noch nicht gespeichert, wird wieder versucht
signed-out = Sie sind hier nicht mehr angemeldet. Kopieren Sie Ihre Eingaben und öffnen Sie den Link in Ihrer E-Mail noch einmal.
not-saved-reload = Das konnte nicht gespeichert werden. Kopieren Sie Ihre Eingaben und laden Sie die Seite neu.
please-check = Bitte prüfen
not-saved = Das wurde nicht gespeichert
start-form = Was zu Beginn ausgefüllt wurde
filled-in = Was ausgefüllt wurde
required = Pflichtfeld
choose = Bitte wählen
picked = Ausgewählt:
picked-others = andere
one-address-a-line = Eine E-Mail-Adresse je Zeile.
no-files = Keine Dateien.
do-save = Speichern
do-complete = Erledigt
do-approve = Genehmigen
do-reject = Ablehnen
do-acknowledge = Ich habe es gelesen
do-send = Jetzt senden
who-else = Wer noch daran arbeitet
nobody-else = Niemand außer Ihnen.
companion-guest = { $name } (Gast)
add-colleague = Jemanden hinzufügen
colleague-address = E-Mail-Adresse der Person
colleague-hint = Die Person bekommt eine E-Mail mit einem eigenen Link und kann diese Aufgabe wie Sie erledigen. Sie bleiben dabei.
do-add = Hinzufügen
colleague-added = Die Person wurde hinzugefügt und bekommt eine E-Mail.
colleague-self = Das ist Ihre eigene Adresse.
colleague-refused = Diese Adresse kann nicht hinzugefügt werden.
whole-process = Alle Schritte dieses Vorgangs
history = Was Sie getan haben
deed-completed = Sie haben diese Aufgabe erledigt
deed-part = Sie haben Ihren Teil erledigt
deed-saved = Sie haben das Formular ausgefüllt
deed-added = Sie haben jemanden hinzugefügt
deed-reported = Sie haben ein Problem gemeldet
issue-reported = Danke. Jemand wird sich darum kümmern.
note-public = Sie können diese Aufgabe lesen. Erledigt wird sie von anderen.
note-run-complete = Der ganze Vorgang ist abgeschlossen. Sie können alles noch lesen, aber nichts mehr ändern. Wenn etwas nicht stimmt, melden Sie ein Problem.
note-part-done = Ihr Teil ist erledigt. Andere sind noch bei ihrem.
note-frozen = Es gibt ein Problem mit dem ganzen Vorgang. Sobald es gelöst ist, geht es weiter.
note-issue = Ein Problem wurde gemeldet. Sobald es gelöst ist, kann diese Aufgabe abgeschlossen werden.
note-draft = Diese E-Mail versendet ein Mitglied der Organisation. Sie müssen nichts drücken.
note-deadline-later = Die Frist steht fest, sobald ein früherer Schritt erledigt ist.
note-expiring = Wenn Sie nichts tun, endet diese Aufgabe mit ihrer Frist von selbst.
outcome-by-you = Sie haben diese Aufgabe erledigt. Vielen Dank!
outcome-approved = Es wurde genehmigt.
outcome-rejected = Es wurde abgelehnt.
outcome-acknowledged = Es wurde gelesen.
outcome-expired = Die Zeit ist abgelaufen.
outcome-sent = Die E-Mail wurde versandt.
problem-changed = Diese Aufgabe wurde geändert, nachdem Sie sie geöffnet haben. Bitte sehen Sie sie noch einmal an und drücken Sie dann noch einmal. Was Sie eingegeben haben, ist noch da.
problem-complete = Jemand hat diese Aufgabe inzwischen erledigt.
problem-other-form = Das Formular dieser Aufgabe wurde geändert, nachdem Sie es geöffnet haben. Bitte sehen Sie es noch einmal an.
meanwhile = Jemand hat inzwischen etwas anderes eingetragen: { $value }. Speichern Sie noch einmal, damit Ihre Eingabe gilt.
meanwhile-cleared = Jemand hat das inzwischen geleert. Speichern Sie noch einmal, damit Ihre Eingabe gilt.
fault-empty = Bitte füllen Sie das aus.
fault-text = Bitte geben Sie höchstens { $limit } sichtbare Zeichen ein.
fault-choice = Bitte wählen Sie eine der Möglichkeiten.
fault-all-checked = Bitte kreuzen Sie alles an.
fault-date = Bitte geben Sie ein Datum an, zum Beispiel 2025-05-31.
fault-email = Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@example.com.
fault-people = Bitte geben Sie nur E-Mail-Adressen ein, eine je Zeile.
fault-file = Bitte prüfen Sie die Dateien.
asked-number = Eine Zahl.
asked-email = Eine E-Mail-Adresse.
asked-url = Eine vollständige Web-Adresse, zum Beispiel https://example.com.
asked-letters = Nur Buchstaben.
asked-letters-digits = Nur Buchstaben und Ziffern.
asked-letters-digits-dashes = Nur Buchstaben, Ziffern, Binde- und Unterstriche.
asked-between = Von { $min } bis { $max }.
asked-at-least = Mindestens { $min }.
asked-at-most = Höchstens { $max }.
asked-length-between = { $min } bis { $max } Zeichen.
asked-length-at-least = Mindestens { $min } Zeichen.
asked-length-at-most = Höchstens { $max } Zeichen.

## Was über einen Gast gespeichert ist

held-title = Was über Sie gespeichert ist
held-intro = Das bewahrt { $organization } hier über Sie auf. Andere Organisationen können es nicht sehen.
held-email = E-Mail-Adresse
held-first-name = Vorname
held-last-name = Nachname
held-company = Firma
held-phone = Telefon
held-timezone = Zeitzone
held-since = Bekannt seit
held-last-visit = Letzter Besuch
held-network = Netzwerkadresse dieses Besuchs
held-place = Ort dieser Adresse
held-tasks =
    { $count ->
        [one] Eine Aufgabe, die Sie sehen können, mit dem, was ausgefüllt wurde.
       *[other] { $count } Aufgaben, die Sie sehen können, mit dem, was ausgefüllt wurde.
    }
held-deeds =
    { $count ->
        [one] Ein Eintrag darüber, was Sie getan haben.
       *[other] { $count } Einträge darüber, was Sie getan haben.
    }
held-download = Alles herunterladen
held-change = Wenn etwas nicht stimmt oder gelöscht werden soll, schreiben Sie denen, von denen Sie die Aufgabe haben.
