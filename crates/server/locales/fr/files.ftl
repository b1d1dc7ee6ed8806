### Files.

files-added = Les fichiers ont été ajoutés.
file-removed = Le fichier a été retiré.
do-remove = Retirer
remove-file = Retirer { $name }
choose-files = Choisir des fichiers
do-upload = Envoyer
fault-file-kind = { $name } : ce type de fichier n’est pas accepté ici.
fault-file-name = { $name } : veuillez donner un nom plus simple au fichier.
fault-file-content = { $name } : le contenu ne correspond pas au nom.
fault-file-size = { $name } : le fichier est trop volumineux.
fault-file-many = { $name } : trop de fichiers à la fois.
fault-file-closed = { $name } : la tâche n’accepte plus de fichiers.
fault-file-full = { $name } : le champ contient déjà autant de fichiers que possible.
choose-files-first = Veuillez d’abord choisir un fichier.
uploading = Envoi en cours…
upload-broken = L’envoi s’est interrompu. Rien d’autre n’est perdu ; veuillez réessayer.
fault-file-limit = Un fichier peut avoir au plus { $limit } Mo.
