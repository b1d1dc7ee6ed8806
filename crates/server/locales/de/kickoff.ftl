### Public kick-off forms.

kickoff-who = Über Sie
kickoff-who-hint = Wir senden einen Link an diese Adresse. Es beginnt, wenn Sie ihn öffnen, und dort sehen Sie, wie es weitergeht.
kickoff-email = Ihre E-Mail-Adresse
kickoff-fault-domain = An diese Adresse kann keine E-Mail geschickt werden. Bitte prüfen Sie, was hinter dem @ steht.
kickoff-first-name = Vorname
kickoff-last-name = Nachname
kickoff-send = Absenden
kickoff-own-picker = Hier werden Sie selbst eingetragen. Sie können die Adressen anderer Personen hinzufügen.
kickoff-too-long = Das ist mehr Text, als hier angenommen werden kann. Bitte kürzen Sie ihn.
kickoff-too-many-named = Bitte nennen Sie höchstens { $limit } Personen.
kickoff-files-full = Im Augenblick ist kein Platz für weitere Dateien. Bitte versuchen Sie es später noch einmal.
kickoff-changed = Dieses Formular wurde geändert, seit Sie es ausgefüllt haben. Ihre Angaben stehen unten; bitte sehen Sie sie durch und senden Sie sie noch einmal ab.

kickoff-closed-title = Dieses Formular ist nicht verfügbar
kickoff-closed = Prüfen Sie die Adresse, oder fragen Sie, wer sie Ihnen gegeben hat.
kickoff-before-title = Das wurde schon abgesendet
kickoff-before = Was Sie gesendet haben, hat begonnen. Öffnen Sie das Formular neu, um ein weiteres abzusenden.

kickoff-sent-title = Sehen Sie in Ihr Postfach
kickoff-sent = Eine Mail ist unterwegs an die Adresse, die Sie angegeben haben. Nichts beginnt, bevor Sie den Link darin öffnen; er gilt 24 Stunden. Sehen Sie auch bei den unerwünschten Mails nach.
kickoff-sent-code = Sie können auch die acht Ziffern eingeben, die in der Mail stehen. Sie gelten zehn Minuten, in diesem Browser.
kickoff-mail-again = Mail noch einmal senden

kickoff-confirm = Sie haben dieses Formular von { $organization } ausgefüllt. Ein Klick, und es beginnt.
kickoff-sure = Ja, ich habe dieses Formular ausgefüllt
kickoff-start = Beginnen
kickoff-dead = Er wurde nicht rechtzeitig benutzt, oder das Formular wurde noch einmal abgesendet. Bitte füllen Sie das Formular noch einmal aus.
kickoff-to-form = Zum Formular
kickoff-used-title = Das hat schon begonnen
kickoff-used = Der Link wurde benutzt, und was Sie gesendet haben, hat begonnen.
kickoff-to-tasks = Meine Aufgaben öffnen
kickoff-member-title = Sie arbeiten hier
kickoff-member = Diese Adresse gehört einem Mitglied. Bitte melden Sie sich wie gewohnt an und beginnen Sie dort.
kickoff-disabled-title = Diese Adresse kann nicht benutzt werden
kickoff-disabled = Bitte fragen Sie, wer Ihnen das Formular gegeben hat.
kickoff-failed-title = Das kann im Augenblick nicht beginnen
kickoff-failed = Ihre Angaben sind aufgehoben; der Link in Ihrer Mail gilt 24 Stunden. Bitte geben Sie der Stelle Bescheid, von der Sie das Formular haben, und versuchen Sie es später noch einmal.

kickoff-mail-subject = Bitte bestätigen: { $title }
kickoff-mail-intro = Jemand, wahrscheinlich Sie, hat das Formular „{ $title }“ von { $org } ausgefüllt und diese Adresse angegeben.
kickoff-mail-button = Bestätigen und beginnen
kickoff-mail-life = Der Link gilt 24 Stunden. Die Ziffern gelten zehn Minuten, in dem Browser, in dem das Formular ausgefüllt wurde.
kickoff-mail-ignore = Wenn Sie es nicht waren, tun Sie nichts: Dann beginnt nichts, und Sie erhalten keine weiteren Mails.
kickoff-mail-member = Dies ist die Adresse eines Mitglieds. Bitte melden Sie sich wie gewohnt an und beginnen Sie dort; die Angaben im Formular lassen nichts beginnen und werden binnen zwei Tagen gelöscht.
kickoff-mail-footer = Diese Mail hat { $org } gesendet, weil ein Formular ausgefüllt wurde.
