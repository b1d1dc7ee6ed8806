### What mails say, and preferences.

## Subjects

mail-subject-tasks =
    { $count ->
        [one] Une tâche pour vous chez { $org }
       *[other] { $count } tâches pour vous chez { $org }
    }
mail-subject-reopened = À nouveau ouverte : { $title }
mail-subject-deadline = Nouvelle échéance : { $title }
mail-subject-edited = Modifiée : { $title }
mail-subject-changes =
    { $count ->
        [one] Une de vos tâches a été modifiée
       *[other] { $count } de vos tâches ont été modifiées
    }
mail-subject-reminder = Rappel : { $title }
mail-subject-reminders =
    { $count ->
        [one] Un rappel de { $org }
       *[other] { $count } rappels de { $org }
    }
mail-subject-comment = Nouveau commentaire : { $title }
mail-subject-comments =
    { $count ->
        [one] Un nouveau commentaire chez { $org }
       *[other] { $count } nouveaux commentaires chez { $org }
    }
mail-subject-issue = Problème signalé : { $title }
mail-subject-resolved = Problème résolu : { $title }
mail-subject-issues =
    { $count ->
        [one] Du nouveau sur un problème chez { $org }
       *[other] Du nouveau sur { $count } problèmes chez { $org }
    }
mail-subject-digest =
    { $count ->
        [one] 1 tâche à faire chez { $org }
       *[other] { $count } tâches à faire chez { $org }
    }
mail-subject-link = Votre lien vers { $org }
mail-subject-code = Votre code pour { $org }
mail-subject-device = { $guest } s’est connecté sur un autre appareil
mail-subject-unreachable = Les e-mails à { $guest } n’arrivent pas

## What is said

mail-hello = Bonjour { $name },
mail-hello-plain = Bonjour,
mail-intro-tasks =
    { $count ->
        [one] { $org } a une tâche pour vous.
       *[other] { $org } a { $count } tâches pour vous.
    }
mail-intro-reopened = Ceci est à refaire. Ce que vous aviez rempli est toujours là.
mail-intro-changes =
    { $count ->
        [one] { $org } a modifié une de vos tâches.
       *[other] { $org } a modifié { $count } de vos tâches.
    }
mail-intro-reminder = { $org } vous prie de faire ceci.
mail-intro-comments = Quelqu’un a écrit au sujet d’une de vos tâches.
mail-intro-issues = Il y a du nouveau sur un problème concernant une de vos tâches.
mail-intro-digest = Voici ce que { $org } vous demande de faire.
mail-intro-link = Voici un nouveau lien vers vos tâches chez { $org }.
mail-intro-code = Tapez ce code dans la page qui le demande :
mail-code-life = Il est valable 10 minutes, et seulement dans le navigateur qui l’a demandé. Personne ne vous le demandera jamais par téléphone ou par e-mail.
mail-ignore = Si vous n’avez rien demandé, ne faites rien : sans cet e-mail, personne n’entre.
mail-intro-device = { $guest } a ouvert les tâches sur un autre appareil ({ $device }) alors qu’une session était ouverte ailleurs. L’e-mail a peut-être été transféré. Si cela vous surprend, mettez fin aux sessions de l’invité.
mail-intro-unreachable = Les e-mails à { $guest } ({ $email }) n’arrivent pas. Le serveur de messagerie a répondu : { $why }
mail-unreachable-help = Ses tâches attendent. Vérifiez l’adresse, ou contactez cette personne autrement.

## Of one task

mail-item-deadline = Échéance : { $when }
mail-item-overdue = En retard depuis le { $when }
mail-item-moved = Nouvelle échéance : { $new }, avant : { $old }
mail-item-none = aucune
mail-item-edited = Son texte a changé.
mail-item-reopened = à nouveau ouverte
mail-item-process = Processus : { $process }
mail-item-comment = Nouveau commentaire
mail-item-comment-by = Nouveau commentaire de { $name }
mail-item-issue = Un problème a été signalé
mail-item-issue-by = { $name } a signalé un problème
mail-item-resolved = Le problème a été résolu
mail-item-asked-by = { $name } le demande
mail-progress = { $done } étapes sur { $total } terminées
mail-other-tasks = Autres tâches
mail-more =
    { $count ->
        [one] et 1 autre
       *[other] et { $count } autres
    }

## Buttons and footers

mail-open-task = Ouvrir la tâche
mail-open-tasks = Ouvrir mes tâches
mail-link-life = Les liens fonctionnent une fois, pendant 30 jours, et ne sont destinés qu’à vous : merci de ne pas transférer cet e-mail.
mail-footer = Envoyé par { $org }. Vous n’avez pas besoin de compte.
mail-footer-member = Vous recevez cet e-mail en tant que membre de { $org }.
mail-footer-preferences = Gérer les préférences d’e-mail
mail-footer-unsubscribe = Ne plus recevoir ce type d’e-mail

## Preferences

preferences-saved = Enregistré.
preferences-language = Langue
preferences-language-any = Comme mon navigateur
preferences-zone = Fuseau horaire
preferences-zone-hint = Un nom comme Europe/Berlin. Laissez vide pour celui de l’organisation.
preferences-zone-fault = Il n’y a pas de fuseau horaire de ce nom.
preferences-kinds = E-mails que je souhaite
preferences-kinds-hint = Les rappels qu’on vous envoie, ainsi que les liens et codes que vous demandez, arrivent toujours.
mail-kind-tasks = Nouvelles tâches et tâches rouvertes
mail-kind-changes = Tâches et échéances modifiées
mail-kind-comments = Commentaires
mail-kind-issues = Problèmes
mail-kind-digest = Récapitulatif de ce qui est à faire
preferences-digest-hint = Arrive à six heures du matin, s’il y a quelque chose à faire. Ne choisissez aucun jour pour n’en recevoir aucun.
preferences-days-organization = Comme dans l’organisation : { $days }
preferences-days-own = Ces jours-ci :
preferences-days-none = jamais
day-monday = lundi
day-tuesday = mardi
day-wednesday = mercredi
day-thursday = jeudi
day-friday = vendredi
day-saturday = samedi
day-sunday = dimanche
preferences-quiet = Heures calmes
preferences-quiet-hint = Les e-mails attendent qu’elles soient passées.
preferences-quiet-on = Ne pas envoyer d’e-mails à ces heures
preferences-from = De
preferences-to = À
preferences-quiet-fault = Indiquez deux heures différentes, par exemple 22:00 et 07:00.
preferences-save = Enregistrer
unsubscribe-title = Ne plus recevoir ces e-mails ?
unsubscribe-kind = Il s’agit de : { $kind }
unsubscribe-hint = Vos tâches restent, et vous pouvez réactiver les e-mails dans vos préférences.
unsubscribe-stop = Ne plus les recevoir
unsubscribe-keep = Continuer à les recevoir
unsubscribe-done = Vous ne recevrez plus ce type d’e-mail
unsubscribe-kept = Rien n’a été changé
