### Comments and issues.

comments = Kommentare
no-comments = Noch hat niemand etwas gesagt.
comment-by-you = Sie
comment-by-organization = Die Organisation
comment-label = Etwas zu dieser Aufgabe sagen
comment-open = Andere Gäste an dieser Aufgabe dürfen es auch lesen
do-comment = Senden
commented = Danke. Ihr Kommentar wurde gesendet.
comment-too-many = In der letzten Stunde wurde zu viel gesagt. Bitte versuchen Sie es später noch einmal; was Sie getippt haben, steht noch da.
comment-refused = Zu dieser Aufgabe kann gerade nichts gesagt werden. Was Sie getippt haben, steht noch da.
comment-unfold = Anzeigen
report-issue = Ein Problem melden
issue-label = Was stimmt nicht?
issue-hint = Die Aufgabe wartet, bis jemand in der Organisation es gelöst hat. War sie schon erledigt, wird sie eventuell wieder geöffnet.
do-report = Problem melden
comment-issue = Problem
comment-issue-resolved = Problem, gelöst
comment-resolves = Lösung
