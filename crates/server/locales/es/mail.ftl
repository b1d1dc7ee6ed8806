### What mails say, and preferences.

## Subjects

mail-subject-tasks =
    { $count ->
        [one] Una tarea para usted en { $org }
       *[other] { $count } tareas para usted en { $org }
    }
mail-subject-reopened = Abierta de nuevo: { $title }
mail-subject-deadline = Nueva fecha límite: { $title }
mail-subject-edited = Modificada: { $title }
mail-subject-changes =
    { $count ->
        [one] Una de sus tareas ha cambiado
       *[other] { $count } de sus tareas han cambiado
    }
mail-subject-reminder = Recordatorio: { $title }
mail-subject-reminders =
    { $count ->
        [one] Un recordatorio de { $org }
       *[other] { $count } recordatorios de { $org }
    }
mail-subject-comment = Comentario nuevo: { $title }
mail-subject-comments =
    { $count ->
        [one] Un comentario nuevo en { $org }
       *[other] { $count } comentarios nuevos en { $org }
    }
mail-subject-issue = Problema comunicado: { $title }
mail-subject-resolved = Problema resuelto: { $title }
mail-subject-issues =
    { $count ->
        [one] Novedades de un problema en { $org }
       *[other] Novedades de { $count } problemas en { $org }
    }
mail-subject-digest =
    { $count ->
        [one] 1 tarea pendiente en { $org }
       *[other] { $count } tareas pendientes en { $org }
    }
mail-subject-link = Su enlace a { $org }
mail-subject-code = Su código para { $org }
mail-subject-device = { $guest } ha entrado desde otro dispositivo
mail-subject-unreachable = Los correos a { $guest } no llegan

## What is said

mail-hello = Hola, { $name }:
mail-hello-plain = Hola:
mail-intro-tasks =
    { $count ->
        [one] { $org } tiene una tarea para usted.
       *[other] { $org } tiene { $count } tareas para usted.
    }
mail-intro-reopened = Hay que hacer esto otra vez. Lo que usted rellenó sigue ahí.
mail-intro-changes =
    { $count ->
        [one] { $org } ha cambiado una de sus tareas.
       *[other] { $org } ha cambiado { $count } de sus tareas.
    }
mail-intro-reminder = { $org } le pide que haga esto, por favor.
mail-intro-comments = Alguien ha escrito algo sobre una de sus tareas.
mail-intro-issues = Hay novedades sobre un problema con una de sus tareas.
mail-intro-digest = Esto es lo que { $org } tiene pendiente para usted.
mail-intro-link = Aquí tiene un enlace nuevo a sus tareas en { $org }.
mail-intro-code = Escriba este código en la página que lo pide:
mail-code-life = Sirve durante 10 minutos, y solo en el navegador que lo pidió. Nadie se lo pedirá nunca por teléfono ni por correo.
mail-ignore = Si usted no lo ha pedido, no haga nada: sin este correo no entra nadie.
mail-intro-device = { $guest } ha abierto las tareas en otro dispositivo ({ $device }) mientras había una sesión abierta en otro lugar. Puede que se haya reenviado el correo. Si no lo esperaba, termine las sesiones del invitado.
mail-intro-unreachable = Los correos a { $guest } ({ $email }) no llegan. El servidor de correo dijo: { $why }
mail-unreachable-help = Sus tareas esperan. Compruebe la dirección o contacte de otra forma.

## Of one task

mail-item-deadline = Fecha límite: { $when }
mail-item-overdue = Vencida desde el { $when }
mail-item-moved = Nueva fecha límite: { $new }, antes: { $old }
mail-item-none = ninguna
mail-item-edited = El texto es otro ahora.
mail-item-reopened = abierta de nuevo
mail-item-process = Proceso: { $process }
mail-item-comment = Comentario nuevo
mail-item-comment-by = Comentario nuevo de { $name }
mail-item-issue = Se ha comunicado un problema
mail-item-issue-by = { $name } ha comunicado un problema
mail-item-resolved = El problema se ha resuelto
mail-item-asked-by = Lo pide { $name }
mail-progress = { $done } de { $total } pasos hechos
mail-other-tasks = Otras tareas
mail-more =
    { $count ->
        [one] y 1 más
       *[other] y { $count } más
    }

## Buttons and footers

mail-open-task = Abrir la tarea
mail-open-tasks = Abrir mis tareas
mail-link-life = Los enlaces sirven una vez, durante 30 días, y son solo para usted: por favor, no reenvíe este correo.
mail-footer = Enviado por { $org }. No necesita ninguna cuenta.
mail-footer-member = Recibe este correo como miembro de { $org }.
mail-footer-preferences = Preferencias de correo
mail-footer-unsubscribe = No recibir más correos de este tipo

## Preferences

preferences-saved = Guardado.
preferences-language = Idioma
preferences-language-any = Como mi navegador
preferences-zone = Zona horaria
preferences-zone-hint = Un nombre como Europe/Berlin. Déjelo vacío para usar la de la organización.
preferences-zone-fault = No hay ninguna zona horaria con ese nombre.
preferences-kinds = Correos que quiero
preferences-kinds-hint = Los recordatorios que alguien le envía, y los enlaces y códigos que pide, llegan siempre.
mail-kind-tasks = Tareas nuevas y tareas reabiertas
mail-kind-changes = Tareas y fechas límite modificadas
mail-kind-comments = Comentarios
mail-kind-issues = Problemas
mail-kind-digest = Resumen de lo pendiente
preferences-digest-hint = Llega a las seis de la mañana, si hay algo pendiente. No elija ningún día para no recibirlo.
preferences-days-organization = Como en la organización: { $days }
preferences-days-own = Estos días:
preferences-days-none = nunca
day-monday = lunes
day-tuesday = martes
day-wednesday = miércoles
day-thursday = jueves
day-friday = viernes
day-saturday = sábado
day-sunday = domingo
preferences-quiet = Horas de silencio
preferences-quiet-hint = Los correos esperan hasta que terminen.
preferences-quiet-on = No enviar correos a estas horas
preferences-from = Desde
preferences-to = Hasta
preferences-quiet-fault = Indique dos horas diferentes, por ejemplo 22:00 y 07:00.
preferences-save = Guardar
unsubscribe-title = ¿Dejar de recibir estos correos?
unsubscribe-kind = Se trata de: { $kind }
unsubscribe-hint = Sus tareas siguen ahí, y puede volver a activar los correos en sus preferencias.
unsubscribe-stop = Dejar de recibirlos
unsubscribe-keep = Seguir recibiéndolos
unsubscribe-done = Ya no recibirá correos de este tipo
unsubscribe-kept = No se ha cambiado nada
