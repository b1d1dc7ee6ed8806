### Files.

files-added = Die Dateien wurden hinzugefügt.
file-removed = Die Datei wurde entfernt.
do-remove = Entfernen
remove-file = { $name } entfernen
choose-files = Dateien auswählen
do-upload = Hochladen
fault-file-kind = { $name }: Dateien dieser Art können hier nicht hinzugefügt werden.
fault-file-name = { $name }: Bitte geben Sie der Datei einen einfacheren Namen.
fault-file-content = { $name }: Der Inhalt ist nicht, was der Name sagt.
fault-file-size = { $name }: Die Datei ist zu groß.
fault-file-many = { $name }: Das sind zu viele Dateien auf einmal.
fault-file-closed = { $name }: Die Aufgabe nimmt keine Dateien mehr an.
fault-file-full = { $name }: Das Feld hat schon so viele Dateien, wie es haben darf.
choose-files-first = Bitte wählen Sie zuerst eine Datei.
uploading = Wird hochgeladen …
upload-broken = Das Hochladen ist abgebrochen. Sonst ist nichts verloren; bitte versuchen Sie es noch einmal.
fault-file-limit = Eine Datei darf höchstens { $limit } MB haben.
