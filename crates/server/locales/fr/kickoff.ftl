### Public kick-off forms.

kickoff-who = À propos de vous
kickoff-who-hint = Nous envoyons un lien à cette adresse. Tout commence quand vous l’ouvrez, et vous y verrez la suite.
kickoff-email = Votre adresse e-mail
kickoff-fault-domain = Aucun message ne peut être envoyé à cette adresse. Veuillez vérifier ce qui suit le @.
kickoff-first-name = Prénom
kickoff-last-name = Nom
kickoff-send = Envoyer
kickoff-own-picker = Vous y figurez vous-même. Vous pouvez ajouter les adresses d’autres personnes.
kickoff-too-long = Ce texte est trop long pour être accepté ici. Veuillez le raccourcir.
kickoff-too-many-named = Veuillez indiquer { $limit } personnes au plus.
kickoff-files-full = Il n’y a plus de place pour d’autres fichiers en ce moment. Veuillez réessayer plus tard.
kickoff-changed = Ce formulaire a été modifié depuis que vous l’avez rempli. Vos réponses sont ci-dessous ; veuillez les relire et les envoyer encore une fois.

kickoff-closed-title = Ce formulaire n’est pas disponible
kickoff-closed = Vérifiez l’adresse, ou demandez à la personne qui vous l’a donnée.
kickoff-before-title = Cela a déjà été envoyé
kickoff-before = Ce que vous avez envoyé a commencé. Ouvrez de nouveau le formulaire pour en envoyer un autre.

kickoff-sent-title = Regardez votre messagerie
kickoff-sent = Un e-mail est en route vers l’adresse que vous avez indiquée. Rien ne commence avant que vous n’ouvriez le lien qu’il contient ; il fonctionne pendant 24 heures. Regardez aussi parmi les messages indésirables.
kickoff-sent-code = Vous pouvez aussi saisir les huit chiffres qui figurent dans l’e-mail. Ils fonctionnent pendant dix minutes, dans ce navigateur.
kickoff-mail-again = Renvoyer l’e-mail

kickoff-confirm = Vous avez rempli ce formulaire de { $organization }. Un clic, et cela commence.
kickoff-sure = Oui, j’ai rempli ce formulaire
kickoff-start = Commencer
kickoff-dead = Il n’a pas été utilisé à temps, ou le formulaire a été envoyé encore une fois. Veuillez remplir de nouveau le formulaire.
kickoff-to-form = Vers le formulaire
kickoff-used-title = Cela a déjà commencé
kickoff-used = Le lien a été utilisé, et ce que vous avez envoyé a commencé.
kickoff-to-tasks = Ouvrir mes tâches
kickoff-member-title = Vous travaillez ici
kickoff-member = Cette adresse appartient à un membre. Veuillez vous connecter comme d’habitude et commencer là.
kickoff-disabled-title = Cette adresse ne peut pas être utilisée
kickoff-disabled = Veuillez demander à la personne qui vous a donné le formulaire.
kickoff-failed-title = Cela ne peut pas commencer en ce moment
kickoff-failed = Vos réponses sont conservées ; le lien dans votre e-mail fonctionne pendant 24 heures. Veuillez prévenir la personne qui vous a donné le formulaire, et réessayer plus tard.

kickoff-mail-subject = Veuillez confirmer : { $title }
kickoff-mail-intro = Quelqu’un, sans doute vous, a rempli le formulaire « { $title } » de { $org } et a indiqué cette adresse.
kickoff-mail-button = Confirmer et commencer
kickoff-mail-life = Le lien fonctionne pendant 24 heures. Les chiffres fonctionnent pendant dix minutes, dans le navigateur où le formulaire a été rempli.
kickoff-mail-ignore = Si ce n’était pas vous, ne faites rien : rien ne commence, et vous ne recevrez pas d’autres e-mails.
kickoff-mail-member = Cette adresse est celle d’un membre. Veuillez vous connecter comme d’habitude et commencer là ; ce qui a été rempli ne lance rien et sera effacé dans les deux jours.
kickoff-mail-footer = Cet e-mail a été envoyé par { $org } parce qu’un formulaire a été rempli.
