### Ce qui figure sur chaque page, la liste des tâches, une tâche, et ce qui est enregistré sur un invité.

## Dates et heures

month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
date =
    { $day ->
        [1] 1er { $month } { $year }
       *[other] { $day } { $month } { $year }
    }
date-time = { $date } à { $time }
due-today = à faire aujourd’hui avant { $time }
due-tomorrow = à faire demain avant { $time }
due-in-days = à faire dans { $days } jours ({ $date })
due-on = à faire avant le { $date }
overdue-today = en retard depuis { $time } aujourd’hui
overdue-days =
    { $days ->
        [one] en retard d’un jour
       *[other] en retard de { $days } jours
    }

## Chaque page

skip-to-content = Aller au contenu
menu = Menu
menu-tasks = Mes tâches
menu-devices = Appareils
menu-preferences = Préférences
menu-held = Mes données
sign-out = Se déconnecter
no-account = Aucun compte n’est nécessaire. Le lien reçu par e-mail suffit.
