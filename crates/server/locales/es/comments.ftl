### Comments and issues.

comments = Comentarios
no-comments = Nadie ha dicho nada todavía.
comment-by-you = Usted
comment-by-organization = La organización
comment-label = Decir algo sobre esta tarea
comment-open = Los demás invitados de esta tarea también pueden leerlo
do-comment = Enviar
commented = Gracias. Su comentario se ha enviado.
comment-too-many = Se han escrito demasiados comentarios en la última hora. Inténtelo más tarde; lo que escribió sigue aquí.
comment-refused = Ahora no se puede decir nada sobre esta tarea. Lo que escribió sigue aquí.
comment-unfold = Mostrar
report-issue = Informar de un problema
issue-label = ¿Qué ocurre?
issue-hint = La tarea espera hasta que alguien de la organización lo resuelva. Si estaba terminada, puede abrirse de nuevo.
do-report = Informar del problema
comment-issue = Problema
comment-issue-resolved = Problema resuelto
comment-resolves = Solución
