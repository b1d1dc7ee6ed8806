### Wie Gäste hineinkommen.

entrance-title = Ihre Aufgaben
entrance-with = { $organization } arbeitet auf dieser Seite mit Ihnen.
entrance-open = Meine Aufgaben öffnen
entrance-not-me = Das ist nicht für mich
entrance-sure = Ja, diese E-Mail ging an mich
entrance-spent = Der Link in der E-Mail wurde schon benutzt oder ist zu alt.
entrance-code-offer = Wir senden einen Code aus acht Ziffern an Ihre Adresse; Sie geben ihn hier ein.
entrance-mail-code = Code zusenden
entrance-type-title = Code eingeben
entrance-type = Wenn zu diesem Link ein Arbeitsplatz gehört, ist ein Code an die dort hinterlegte Adresse unterwegs. Er gilt zehn Minuten, in diesem Browser.
entrance-digits = Die acht Ziffern aus der E-Mail
entrance-go-on = Weiter
entrance-mail-another = Neuen Code zusenden
entrance-dead-title = Dieser Link funktioniert nicht mehr
entrance-dead = Ein neuer Link kann an die hinterlegte Adresse gesendet werden.
entrance-mail-new-link = Neuen Link zusenden
entrance-sent-title = Sehen Sie in Ihr Postfach
entrance-sent = Wenn es hier einen Arbeitsplatz für Sie gibt, ist eine E-Mail mit einem Link unterwegs. Das kann einige Minuten dauern. Sehen Sie auch bei unerwünschten E-Mails nach.
entrance-front-title = Ihre Aufgaben finden
entrance-front = Geben Sie Ihre E-Mail-Adresse ein, und wir senden Ihnen einen Link zu Ihren Aufgaben.
entrance-email = E-Mail-Adresse
entrance-mail-link = Link zusenden
entrance-wait-title = Bitte warten Sie
entrance-wait =
    { $minutes ->
        [one] Das wurde zu oft angefordert oder versucht. Bitte versuchen Sie es in 1 Minute wieder.
       *[other] Das wurde zu oft angefordert oder versucht. Bitte versuchen Sie es in { $minutes } Minuten wieder.
    }
entrance-left-title = Hier ist nichts geöffnet
entrance-left = Ihre Aufgaben sind in diesem Browser geschlossen. Sie können diese Seite schließen.
entrance-fault-stale = Diese Seite war lange geöffnet. Bitte versuchen Sie es noch einmal.
entrance-fault-unanswered = Bitte setzen Sie das Häkchen, wenn die E-Mail an Sie ging.
entrance-fault-code = Das ist nicht der zugesandte Code, oder er gilt nicht mehr. Ein Code gilt zehn Minuten und fünf Versuche, in dem Browser, in dem er angefordert wurde.
entrance-fault-email = Bitte geben Sie eine E-Mail-Adresse ein, etwa ann@example.com.

## Eigene Sitzungen

devices-title = Wo Sie angemeldet sind
devices-on = { $browser } auf { $system }
devices-unknown = ein Browser
devices-this = dieser Browser
devices-seen = zuletzt benutzt am { $when }
devices-end = Abmelden
devices-end-others = Alle anderen abmelden
devices-end-all = Überall abmelden

## Was schiefgehen kann

error-missing-title = Diese Seite gibt es nicht
error-missing = Prüfen Sie die Adresse, oder öffnen Sie den Link in Ihrer E-Mail noch einmal.
error-form-title = Dieses Formular konnte nicht angenommen werden
error-form = Es kam nicht von der eigenen Seite, oder die Seite war lange geöffnet. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
error-many-title = Bitte warten Sie
error-many = Es waren zu viele Anfragen. Warten Sie eine Minute und versuchen Sie es noch einmal.
error-large-title = Das ist zu viel
error-large = Was gesendet wurde, ist größer, als hier angenommen wird.
error-server-title = Hier ging etwas schief
error-server = Es wurde nichts geändert. Bitte versuchen Sie es gleich noch einmal.
error-other-title = Das hat nicht geklappt
error-other = Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
