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
