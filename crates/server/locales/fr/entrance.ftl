### Comment les invités entrent.

entrance-title = Vos tâches
entrance-with = { $organization } travaille avec vous sur cette page.
entrance-open = Ouvrir mes tâches
entrance-not-me = Ceci n’est pas pour moi
entrance-sure = Oui, ce courriel m’a été envoyé
entrance-spent = Le lien du courriel a déjà servi, ou il est trop ancien.
entrance-code-offer = Nous envoyons un code de huit chiffres à votre adresse ; vous le saisissez ici.
entrance-mail-code = M’envoyer un code
entrance-type-title = Saisir le code
entrance-type = Si ce lien mène à un espace de travail, un code est en route vers l’adresse enregistrée. Il est valable dix minutes, dans ce navigateur.
entrance-digits = Les huit chiffres du courriel
entrance-go-on = Continuer
entrance-mail-another = M’envoyer un autre code
entrance-dead-title = Ce lien ne fonctionne plus
entrance-dead = Un nouveau lien peut être envoyé à l’adresse enregistrée.
entrance-mail-new-link = M’envoyer un nouveau lien
entrance-sent-title = Consultez votre messagerie
entrance-sent = Si un espace de travail vous attend ici, un courriel avec un lien est en route. Cela peut prendre quelques minutes. Regardez aussi parmi les courriels indésirables.
entrance-front-title = Retrouver vos tâches
entrance-front = Saisissez votre adresse électronique, et nous vous envoyons un lien vers vos tâches.
entrance-email = Adresse électronique
entrance-mail-link = M’envoyer un lien
entrance-wait-title = Veuillez patienter
entrance-wait =
    { $minutes ->
        [one] Cela a été demandé ou essayé trop souvent. Veuillez réessayer dans { $minutes } minute.
       *[other] Cela a été demandé ou essayé trop souvent. Veuillez réessayer dans { $minutes } minutes.
    }
entrance-left-title = Rien n’est ouvert ici
entrance-left = Vos tâches sont fermées dans ce navigateur. Vous pouvez fermer cette page.
entrance-fault-stale = Cette page est restée ouverte longtemps. Veuillez réessayer.
entrance-fault-unanswered = Veuillez cocher la case si le courriel vous a été envoyé.
entrance-fault-code = Ce n’est pas le code envoyé, ou il n’est plus valable. Un code est valable dix minutes et cinq essais, dans le navigateur où il a été demandé.
entrance-fault-email = Veuillez saisir une adresse électronique, par exemple ann@example.com.

## Ses propres sessions

devices-title = Où vous êtes connecté
devices-on = { $browser } sur { $system }
devices-unknown = un navigateur
devices-this = ce navigateur
devices-seen = dernière utilisation le { $when }
devices-end = Déconnecter
devices-end-others = Déconnecter tous les autres
devices-end-all = Déconnecter partout

## Ce qui peut mal se passer

error-missing-title = Cette page n’existe pas
error-missing = Vérifiez l’adresse, ou ouvrez de nouveau le lien de votre courriel.
error-form-title = Ce formulaire n’a pas pu être accepté
error-form = Il ne venait pas de sa propre page, ou la page est restée ouverte longtemps. Revenez en arrière, rechargez la page et réessayez.
error-many-title = Veuillez patienter
error-many = Il y a eu trop de demandes. Attendez une minute et réessayez.
error-large-title = C’est trop
error-large = Ce qui a été envoyé dépasse ce qui peut être accepté ici.
error-server-title = Une erreur s’est produite ici
error-server = Rien n’a été modifié. Veuillez réessayer dans un instant.
error-other-title = Cela n’a pas fonctionné
error-other = Revenez en arrière, rechargez la page et réessayez.
