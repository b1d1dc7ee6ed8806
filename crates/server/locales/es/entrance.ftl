### Cómo entran los invitados.

entrance-title = Sus tareas
entrance-with = { $organization } trabaja con usted en esta página.
entrance-open = Abrir mis tareas
entrance-not-me = Esto no es para mí
entrance-sure = Sí, este correo me lo enviaron a mí
entrance-spent = El enlace del correo ya se usó, o es demasiado antiguo.
entrance-code-offer = Enviamos un código de ocho cifras a su dirección, y usted lo escribe aquí.
entrance-mail-code = Enviarme un código
entrance-type-title = Escriba el código
entrance-type = Si este enlace lleva a un espacio de trabajo, hay un código en camino a la dirección registrada. Vale diez minutos, en este navegador.
entrance-digits = Las ocho cifras del correo
entrance-go-on = Continuar
entrance-mail-another = Enviarme otro código
entrance-dead-title = Este enlace ya no funciona
entrance-dead = Se puede enviar un enlace nuevo a la dirección registrada.
entrance-mail-new-link = Enviarme un enlace nuevo
entrance-sent-title = Mire su correo
entrance-sent = Si hay aquí un espacio de trabajo para usted, un correo con un enlace está en camino. Puede tardar unos minutos. Mire también entre el correo no deseado.
entrance-front-title = Encontrar sus tareas
entrance-front = Escriba su dirección de correo, y le enviamos un enlace a sus tareas.
entrance-email = Dirección de correo
entrance-mail-link = Enviarme un enlace
entrance-wait-title = Espere, por favor
entrance-wait =
    { $minutes ->
        [one] Eso se pidió o se intentó demasiadas veces. Inténtelo de nuevo dentro de 1 minuto.
       *[other] Eso se pidió o se intentó demasiadas veces. Inténtelo de nuevo dentro de { $minutes } minutos.
    }
entrance-left-title = Aquí no hay nada abierto
entrance-left = Sus tareas están cerradas en este navegador. Puede cerrar esta página.
entrance-fault-stale = Esta página estuvo abierta mucho tiempo. Inténtelo otra vez.
entrance-fault-unanswered = Marque la casilla si el correo se lo enviaron a usted.
entrance-fault-code = No es el código que enviamos, o ya no vale. Un código vale diez minutos y cinco intentos, en el navegador en el que se pidió.
entrance-fault-email = Escriba una dirección de correo, por ejemplo ann@example.com.

## Sesiones propias

devices-title = Dónde tiene la sesión abierta
devices-on = { $browser } en { $system }
devices-unknown = un navegador
devices-this = este navegador
devices-seen = último uso el { $when }
devices-end = Cerrar
devices-end-others = Cerrar todas las demás
devices-end-all = Cerrar todas

## Lo que puede salir mal

error-missing-title = Esta página no existe
error-missing = Compruebe la dirección, o abra otra vez el enlace de su correo.
error-form-title = No se pudo aceptar este formulario
error-form = No se envió desde su propia página, o la página estuvo abierta mucho tiempo. Vuelva atrás, recargue la página e inténtelo de nuevo.
error-many-title = Espere, por favor
error-many = Hubo demasiadas peticiones. Espere un minuto e inténtelo de nuevo.
error-large-title = Es demasiado
error-large = Lo que se envió es mayor de lo que se acepta aquí.
error-server-title = Algo salió mal aquí
error-server = No se cambió nada. Inténtelo de nuevo en un momento.
error-other-title = Eso no funcionó
error-other = Vuelva atrás, recargue la página e inténtelo de nuevo.
