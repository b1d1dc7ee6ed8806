### Files.

files-added = The files were added.
file-removed = The file was removed.
do-remove = Remove
remove-file = Remove { $name }
choose-files = Choose files
do-upload = Upload
fault-file-kind = { $name }: files of this kind cannot be added here.
fault-file-name = { $name }: please give the file a plainer name.
fault-file-content = { $name }: the content is not what the name says.
fault-file-size = { $name }: the file is too large.
fault-file-many = { $name }: too many files at once.
fault-file-closed = { $name }: the task takes no files any more.
fault-file-full = { $name }: the field has as many files as it may have.
choose-files-first = Please choose a file first.
uploading = Uploading…
upload-broken = The upload broke off. Nothing else is lost; please try again.
fault-file-limit = A file may have at most { $limit } MB.
