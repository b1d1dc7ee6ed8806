### Lo que está en cada página, la lista de tareas, una tarea, y lo que se guarda sobre un invitado.

## Fechas y horas

month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre
date = { $day } de { $month } de { $year }
date-time = { $date }, { $time }
due-today = vence hoy a las { $time }
due-tomorrow = vence mañana a las { $time }
due-in-days = vence en { $days } días ({ $date })
due-on = vence el { $date }
overdue-today = vencida hoy a las { $time }
overdue-days =
    { $days ->
        [one] vencida hace 1 día
       *[other] vencida hace { $days } días
    }

## Cada página

skip-to-content = Ir al contenido
menu = Menú
menu-tasks = Mis tareas
menu-devices = Dispositivos
menu-preferences = Preferencias
menu-held = Mis datos
sign-out = Cerrar sesión
no-account = No hace falta ninguna cuenta. Basta con el enlace de su correo.

## La lista de tareas

greeting = Hola, { $name }
open-tasks =
    { $count ->
        [0] No hay nada pendiente.
        [one] Le espera una tarea.
       *[other] Le esperan { $count } tareas.
    }
filter = Qué tareas
show-todo = Pendientes ({ $count })
show-done = Hechas ({ $count })
show-all = Todas
all-done = Ha terminado. ¡Gracias!
nothing-done = Todavía no ha terminado nada aquí.
nothing-yet = { $organization } no tiene ninguna tarea para usted por ahora.
come-again = Si hay algo nuevo, recibirá un correo. Puede cerrar esta página.
other-tasks = Otras tareas
progress = { $complete } de { $total } pasos hechos
done-on = hecha el { $date }
part-done = su parte está hecha, otros siguen con la suya
starts-on = empieza el { $date }
no-deadline = sin fecha límite
previous-page = Página anterior
next-page = Página siguiente
finished-now = Hecho: «{ $title }». ¡Gracias!

## Una tarea

back-to-tasks = Volver a mis tareas
saved = Guardado. Puede seguir más tarde, en cualquier dispositivo.
saved-short = Guardado
saving = Guardando…
unsaved = Sin guardar todavía, se intentará de nuevo
signed-out = Ya no tiene la sesión abierta aquí. Copie lo que ha escrito y abra otra vez el enlace de su correo.
not-saved-reload = Esto no se pudo guardar. Copie lo que ha escrito y recargue la página.
please-check = Por favor, revise
not-saved = Esto no se guardó
start-form = Lo que se rellenó al principio
filled-in = Lo que se rellenó
required = obligatorio
choose = Elija, por favor
picked = Elegidos:
picked-others = otras personas
one-address-a-line = Una dirección de correo por línea.
no-files = No hay archivos.
do-save = Guardar
do-complete = Hecho
do-approve = Aprobar
do-reject = Rechazar
do-acknowledge = Lo he leído
do-send = Enviar ahora
who-else = Quién más participa
nobody-else = Nadie más que usted.
companion-guest = { $name } (invitado)
add-colleague = Añadir a un compañero
colleague-address = Dirección de correo de su compañero
colleague-hint = Recibirá un correo con su propio enlace y podrá hacer esta tarea como usted. Usted sigue en ella.
do-add = Añadir
colleague-added = Su compañero fue añadido y recibirá un correo.
colleague-self = Esa es su propia dirección.
colleague-refused = Esta dirección no se puede añadir.
whole-process = Todos los pasos de este proceso
history = Lo que usted hizo
deed-completed = Terminó esta tarea
deed-part = Hizo su parte
deed-saved = Rellenó el formulario
deed-added = Añadió a un compañero
deed-reported = Comunicó un problema
issue-reported = Gracias. Alguien se ocupará de ello.
note-public = Puede leer esta tarea. Les corresponde a otros.
note-run-complete = Todo el proceso está terminado. Todavía puede leerlo todo, pero ya no se puede cambiar nada. Si algo no está bien, informe de un problema.
note-part-done = Su parte está hecha. Otros siguen con la suya.
note-frozen = Hay un problema con todo el proceso. Podrá seguir en cuanto se resuelva.
note-issue = Se comunicó un problema. Esta tarea se podrá terminar en cuanto se resuelva.
note-draft = Este correo lo envía un miembro de la organización. Usted no tiene que pulsar nada.
note-deadline-later = La fecha límite se fijará cuando un paso anterior esté hecho.
note-expiring = Si no hace nada, esta tarea termina por sí sola en su fecha límite.
outcome-by-you = Usted terminó esta tarea. ¡Gracias!
outcome-approved = Se aprobó.
outcome-rejected = Se rechazó.
outcome-acknowledged = Se leyó.
outcome-expired = Se acabó el plazo.
outcome-sent = El correo se envió.
problem-changed = Esta tarea cambió después de que usted la abriera. Mírela de nuevo y vuelva a pulsar. Lo que escribió sigue aquí.
problem-complete = Alguien terminó esta tarea mientras tanto.
problem-other-form = El formulario de esta tarea cambió después de que usted lo abriera. Mírelo de nuevo.
meanwhile = Alguien puso otra cosa mientras tanto: { $value }. Guarde de nuevo para conservar lo que ha escrito.
meanwhile-cleared = Alguien borró esto mientras tanto. Guarde de nuevo para conservar lo que ha escrito.
fault-empty = Rellene este campo, por favor.
fault-text = Escriba como mucho { $limit } caracteres visibles.
fault-choice = Elija una de las opciones.
fault-all-checked = Marque todas las casillas.
fault-date = Indique una fecha, por ejemplo 2025-05-31.
fault-email = Escriba una dirección de correo, por ejemplo ana@example.com.
fault-people = Escriba solo direcciones de correo, una por línea.
fault-file = Revise los archivos.
asked-number = Un número.
asked-email = Una dirección de correo.
asked-url = Una dirección web completa, por ejemplo https://example.com.
asked-letters = Solo letras.
asked-letters-digits = Solo letras y cifras.
asked-letters-digits-dashes = Solo letras, cifras, guiones y guiones bajos.
asked-between = De { $min } a { $max }.
asked-at-least = Al menos { $min }.
asked-at-most = Como mucho { $max }.
asked-length-between = De { $min } a { $max } caracteres.
asked-length-at-least = Al menos { $min } caracteres.
asked-length-at-most = Como mucho { $max } caracteres.

## Lo que se guarda sobre un invitado

held-title = Lo que se guarda sobre usted
held-intro = Esto es lo que { $organization } guarda aquí sobre usted. Otras organizaciones no pueden verlo.
held-email = Dirección de correo
held-first-name = Nombre
held-last-name = Apellidos
held-company = Empresa
held-phone = Teléfono
held-timezone = Zona horaria
held-since = Conocido desde
held-last-visit = Última visita
held-network = Dirección de red de esa visita
held-place = Lugar de esa dirección
held-tasks =
    { $count ->
        [one] Una tarea que puede ver, con lo que se rellenó.
       *[other] { $count } tareas que puede ver, con lo que se rellenó.
    }
held-deeds =
    { $count ->
        [one] Una entrada sobre lo que usted hizo.
       *[other] { $count } entradas sobre lo que usted hizo.
    }
held-download = Descargar todo
held-change = Si algo está mal o debe borrarse, escriba a las personas que le dieron la tarea.
