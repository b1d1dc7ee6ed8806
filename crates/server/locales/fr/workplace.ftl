### Ce qui figure sur chaque page, la liste des tâches, une tâche, et ce qui est enregistré sur un invité.

## Dates et heures

month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
date =
    { $day ->
        [1] 1er { $month } { $year }
       *[other] { $day } { $month } { $year }
    }
date-time = { $date } à { $time }
due-today = à faire aujourd’hui avant { $time }
due-tomorrow = à faire demain avant { $time }
due-in-days = à faire dans { $days } jours ({ $date })
due-on = à faire avant le { $date }
overdue-today = en retard depuis { $time } aujourd’hui
overdue-days =
    { $days ->
        [one] en retard d’un jour
       *[other] en retard de { $days } jours
    }

## Chaque page

skip-to-content = Aller au contenu
menu = Menu
menu-tasks = Mes tâches
menu-devices = Appareils
menu-preferences = Préférences
menu-held = Mes données
sign-out = Se déconnecter
no-account = Aucun compte n’est nécessaire. Le lien reçu par e-mail suffit.

## La liste des tâches

greeting = Bonjour { $name }
open-tasks =
    { $count ->
        [0] Rien ne vous attend.
        [one] Une tâche vous attend.
       *[other] { $count } tâches vous attendent.
    }
filter = Quelles tâches
show-todo = À faire ({ $count })
show-done = Terminées ({ $count })
show-all = Toutes
all-done = Vous avez terminé. Merci !
nothing-done = Vous n’avez encore rien terminé ici.
nothing-yet = { $organization } n’a aucune tâche pour vous en ce moment.
come-again = S’il y a du nouveau, vous recevrez un e-mail. Vous pouvez fermer cette page.
other-tasks = Autres tâches
progress = { $complete } étapes sur { $total } terminées
done-on = terminée le { $date }
part-done = votre part est faite, d’autres y travaillent encore
starts-on = commence le { $date }
no-deadline = sans échéance
previous-page = Page précédente
next-page = Page suivante
finished-now = Terminé : « { $title } ». Merci !

## Une tâche

back-to-tasks = Retour à mes tâches
saved = Enregistré. Vous pourrez continuer plus tard, sur n’importe quel appareil.
saved-short = Enregistré
saving = Enregistrement…
unsaved = Pas encore enregistré, nouvel essai bientôt
signed-out = Vous n’êtes plus connecté ici. Copiez votre saisie et rouvrez le lien de votre e-mail.
not-saved-reload = Ceci n’a pas pu être enregistré. Copiez votre saisie et rechargez la page.
please-check = À vérifier
not-saved = Ceci n’a pas été enregistré
start-form = Ce qui a été rempli au départ
filled-in = Ce qui a été rempli
required = obligatoire
choose = Veuillez choisir
picked = Choisis :
picked-others = d’autres personnes
one-address-a-line = Une adresse e-mail par ligne.
no-files = Aucun fichier.
do-save = Enregistrer
do-complete = Terminé
do-approve = Approuver
do-reject = Refuser
do-acknowledge = J’ai lu
do-send = Envoyer maintenant
who-else = Qui d’autre y participe
nobody-else = Personne d’autre que vous.
companion-guest = { $name } (invité)
add-colleague = Ajouter un collègue
colleague-address = Adresse e-mail de votre collègue
colleague-hint = Cette personne reçoit un e-mail avec son propre lien et peut faire cette tâche comme vous. Vous y restez.
do-add = Ajouter
colleague-added = Votre collègue a été ajouté et recevra un e-mail.
colleague-self = C’est votre propre adresse.
colleague-refused = Cette adresse ne peut pas être ajoutée.
whole-process = Toutes les étapes de ce processus
history = Ce que vous avez fait
deed-completed = Vous avez terminé cette tâche
deed-part = Vous avez fait votre part
deed-saved = Vous avez rempli le formulaire
deed-added = Vous avez ajouté un collègue
deed-reported = Vous avez signalé un problème
issue-reported = Merci. Quelqu’un va s’en occuper.
note-public = Vous pouvez lire cette tâche. Elle revient à d’autres personnes.
note-run-complete = Tout le processus est terminé. Vous pouvez encore tout lire, mais plus rien ne peut être modifié. Si quelque chose ne va pas, signalez un problème.
note-part-done = Votre part est faite. D’autres travaillent encore à la leur.
note-frozen = Il y a un problème avec tout le processus. Vous pourrez continuer dès qu’il sera résolu.
note-issue = Un problème a été signalé. Cette tâche pourra être terminée dès qu’il sera résolu.
note-draft = Un membre de l’organisation envoie ce message. Vous n’avez rien à faire.
note-deadline-later = L’échéance sera fixée quand une étape précédente sera terminée.
note-expiring = Si vous ne faites rien, cette tâche se termine d’elle-même à son échéance.
outcome-by-you = Vous avez terminé cette tâche. Merci !
outcome-approved = Cela a été approuvé.
outcome-rejected = Cela a été refusé.
outcome-acknowledged = Cela a été lu.
outcome-expired = Le délai est passé.
outcome-sent = Le message a été envoyé.
problem-changed = Cette tâche a été modifiée après que vous l’avez ouverte. Veuillez la relire, puis appuyer encore une fois. Votre saisie est toujours là.
problem-complete = Quelqu’un a terminé cette tâche entre-temps.
problem-other-form = Le formulaire de cette tâche a été modifié après que vous l’avez ouvert. Veuillez le relire.
meanwhile = Quelqu’un a saisi autre chose entre-temps : { $value }. Enregistrez encore une fois pour garder votre saisie.
meanwhile-cleared = Quelqu’un a effacé ceci entre-temps. Enregistrez encore une fois pour garder votre saisie.
fault-empty = Veuillez remplir ce champ.
fault-text = Veuillez saisir au plus { $limit } caractères visibles.
fault-choice = Veuillez choisir une des options.
fault-all-checked = Veuillez cocher toutes les cases.
fault-date = Veuillez indiquer une date, par exemple 2025-05-31.
fault-email = Veuillez saisir une adresse e-mail, par exemple anne@example.com.
fault-people = Veuillez saisir uniquement des adresses e-mail, une par ligne.
fault-file = Veuillez vérifier les fichiers.
asked-number = Un nombre.
asked-email = Une adresse e-mail.
asked-url = Une adresse web complète, par exemple https://example.com.
asked-letters = Des lettres uniquement.
asked-letters-digits = Des lettres et des chiffres uniquement.
asked-letters-digits-dashes = Des lettres, des chiffres, des tirets et des traits de soulignement uniquement.
asked-between = De { $min } à { $max }.
asked-at-least = Au moins { $min }.
asked-at-most = Au plus { $max }.
asked-length-between = De { $min } à { $max } caractères.
asked-length-at-least = Au moins { $min } caractères.
asked-length-at-most = Au plus { $max } caractères.

## Ce qui est enregistré sur un invité

held-title = Ce qui est enregistré sur vous
held-intro = Voici ce que { $organization } conserve ici à votre sujet. Les autres organisations ne peuvent pas le voir.
held-email = Adresse e-mail
held-first-name = Prénom
held-last-name = Nom
held-company = Société
held-phone = Téléphone
held-timezone = Fuseau horaire
held-since = Connu depuis
held-last-visit = Dernière visite
held-network = Adresse réseau de cette visite
held-place = Lieu de cette adresse
held-tasks =
    { $count ->
        [one] Une tâche que vous pouvez voir, avec ce qui a été rempli.
       *[other] { $count } tâches que vous pouvez voir, avec ce qui a été rempli.
    }
held-deeds =
    { $count ->
        [one] Une entrée sur ce que vous avez fait.
       *[other] { $count } entrées sur ce que vous avez fait.
    }
held-download = Tout télécharger
held-change = Si quelque chose est faux ou doit être supprimé, écrivez aux personnes qui vous ont confié la tâche.
