### Comments and issues.

comments = Commentaires
no-comments = Personne n’a encore rien dit.
comment-by-you = Vous
comment-by-organization = L’organisation
comment-label = Dire quelque chose sur cette tâche
comment-open = Les autres invités de cette tâche peuvent aussi le lire
do-comment = Envoyer
commented = Merci. Votre commentaire a été envoyé.
comment-too-many = Trop de commentaires ont été écrits pendant la dernière heure. Réessayez plus tard ; votre texte est toujours là.
comment-refused = On ne peut rien dire sur cette tâche pour le moment. Votre texte est toujours là.
comment-unfold = Afficher
report-issue = Signaler un problème
issue-label = Qu’est-ce qui ne va pas ?
issue-hint = La tâche attend que quelqu’un de l’organisation l’ait résolu. Si elle était terminée, elle peut être rouverte.
do-report = Signaler le problème
comment-issue = Problème
comment-issue-resolved = Problème résolu
comment-resolves = Solution
