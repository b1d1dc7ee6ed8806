### Files.

files-added = Los archivos se han añadido.
file-removed = El archivo se ha quitado.
do-remove = Quitar
remove-file = Quitar { $name }
choose-files = Elegir archivos
do-upload = Subir
fault-file-kind = { $name }: aquí no se admiten archivos de este tipo.
fault-file-name = { $name }: dé al archivo un nombre más sencillo.
fault-file-content = { $name }: el contenido no es lo que dice el nombre.
fault-file-size = { $name }: el archivo es demasiado grande.
fault-file-many = { $name }: son demasiados archivos a la vez.
fault-file-closed = { $name }: la tarea ya no admite archivos.
fault-file-full = { $name }: el campo ya tiene todos los archivos que puede tener.
choose-files-first = Elija primero un archivo.
uploading = Subiendo…
upload-broken = La subida se interrumpió. No se ha perdido nada más; inténtelo de nuevo.
fault-file-limit = Un archivo puede tener como máximo { $limit } MB.
