### Public kick-off forms.

kickoff-who = Sobre usted
kickoff-who-hint = Enviamos un enlace a esta dirección. Todo empieza cuando lo abra, y allí verá cómo continúa.
kickoff-email = Su dirección de correo
kickoff-fault-domain = No se puede enviar correo a esta dirección. Compruebe lo que va detrás de la @.
kickoff-first-name = Nombre
kickoff-last-name = Apellidos
kickoff-send = Enviar
kickoff-own-picker = Usted ya figura aquí. Puede añadir las direcciones de otras personas.
kickoff-too-long = Es más texto del que se puede aceptar aquí. Acórtelo, por favor.
kickoff-too-many-named = Indique como máximo { $limit } personas.
kickoff-files-full = En este momento no hay sitio para más archivos. Inténtelo más tarde.
kickoff-changed = Este formulario ha cambiado desde que lo rellenó. Sus respuestas están más abajo; revíselas y envíelas otra vez.

kickoff-closed-title = Este formulario no está disponible
kickoff-closed = Compruebe la dirección o pregunte a quien se la dio.
kickoff-before-title = Esto ya se envió
kickoff-before = Lo que envió ya ha empezado. Abra el formulario de nuevo para enviar otro.

kickoff-sent-title = Mire su correo
kickoff-sent = Un correo va de camino a la dirección que indicó. Nada empieza hasta que abra el enlace que contiene; funciona durante 24 horas. Mire también entre el correo no deseado.
kickoff-sent-code = También puede escribir las ocho cifras que están en el correo. Funcionan durante diez minutos, en este navegador.
kickoff-mail-again = Enviar el correo otra vez

kickoff-confirm = Usted rellenó este formulario de { $organization }. Una pulsación, y empieza.
kickoff-sure = Sí, yo rellené este formulario
kickoff-start = Empezar
kickoff-dead = No se usó a tiempo, o el formulario se envió otra vez. Rellene el formulario de nuevo, por favor.
kickoff-to-form = Al formulario
kickoff-used-title = Esto ya ha empezado
kickoff-used = El enlace se usó, y lo que envió ha empezado.
kickoff-to-tasks = Abrir mis tareas
kickoff-member-title = Usted trabaja aquí
kickoff-member = Esta dirección es de un miembro. Inicie sesión como de costumbre y empiece allí.
kickoff-disabled-title = Esta dirección no se puede usar
kickoff-disabled = Pregunte a quien le dio el formulario.
kickoff-failed-title = Esto no puede empezar en este momento
kickoff-failed = Lo que envió está guardado; el enlace de su correo funciona durante 24 horas. Avise a quien le dio el formulario e inténtelo más tarde.

kickoff-mail-subject = Por favor, confirme: { $title }
kickoff-mail-intro = Alguien, probablemente usted, rellenó el formulario «{ $title }» de { $org } e indicó esta dirección.
kickoff-mail-button = Confirmar y empezar
kickoff-mail-life = El enlace funciona durante 24 horas. Las cifras funcionan durante diez minutos, en el navegador en el que se rellenó el formulario.
kickoff-mail-ignore = Si no fue usted, no haga nada: nada empieza y no recibirá más correos.
kickoff-mail-member = Esta es la dirección de un miembro. Inicie sesión como de costumbre y empiece allí; lo que se rellenó no inicia nada y se borra en un plazo de dos días.
kickoff-mail-footer = Este correo lo envió { $org } porque se rellenó un formulario.
