<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
    <context>
        <name>hearth::gui::AgentDesk</name>
        <message>
            <source>The agent was started again.</source>
            <translation>El agente se ha vuelto a iniciar.</translation>
        </message>
        <message>
            <source>The agent was updated from %1 to %2.</source>
            <translation>El agente se ha actualizado de %1 a %2.</translation>
        </message>
        <message>
            <source>This computer has left %1.</source>
            <translation>Este ordenador ha dejado %1.</translation>
        </message>
        <message>
            <source>All settings are as they were out of the box.</source>
            <translation>Todos los ajustes han vuelto a su valor de fábrica.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::AgentLink</name>
        <message>
            <source>The agent does not answer.</source>
            <translation>El agente no responde.</translation>
        </message>
        <message>
            <source>This window connects again by itself as soon as the agent runs.</source>
            <translation>Esta ventana se conecta sola en cuanto el agente funcione.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Badge</name>
        <message>
            <source>First fire</source>
            <translation>Primer fuego</translation>
        </message>
        <message>
            <source>One task was certified</source>
            <translation>Se ha certificado una tarea</translation>
        </message>
        <message>
            <source>Hundred</source>
            <translation>Cien</translation>
        </message>
        <message>
            <source>100 tasks were certified</source>
            <translation>Se han certificado 100 tareas</translation>
        </message>
        <message>
            <source>Thousand</source>
            <translation>Mil</translation>
        </message>
        <message>
            <source>1000 tasks were certified</source>
            <translation>Se han certificado 1000 tareas</translation>
        </message>
        <message>
            <source>A day's work</source>
            <translation>Un día de trabajo</translation>
        </message>
        <message>
            <source>24 hours of one processor</source>
            <translation>24 horas de un procesador</translation>
        </message>
        <message>
            <source>A year's work</source>
            <translation>Un año de trabajo</translation>
        </message>
        <message>
            <source>365 days of one processor</source>
            <translation>365 días de un procesador</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ComputerView</name>
        <message>
            <source>Each task is locked in, and held to its limits by the kernel.</source>
            <translation>Cada tarea está encerrada, y el núcleo hace cumplir sus límites.</translation>
        </message>
        <message>
            <source>Each task is locked in; its limits are watched by the agent.</source>
            <translation>Cada tarea está encerrada; el agente vigila sus límites.</translation>
        </message>
        <message>
            <source>Each task is an ordinary process with limits.</source>
            <translation>Cada tarea es un proceso corriente con límites.</translation>
        </message>
        <message>
            <source>Tasks cannot be locked in on this computer, so none run.</source>
            <translation>En este ordenador no se puede encerrar las tareas, así que no se ejecuta ninguna.</translation>
        </message>
        <message>
            <source>What tasks may use now</source>
            <translation>Lo que las tareas pueden usar ahora</translation>
        </message>
        <message>
            <source>Computer</source>
            <translation>Ordenador</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>Procesadores</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Memoria</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Disco</translation>
        </message>
        <message>
            <source>Temperature</source>
            <translation>Temperatura</translation>
        </message>
        <message>
            <source>Program</source>
            <translation>Programa</translation>
        </message>
        <message>
            <source>What tasks may not do</source>
            <translation>Lo que las tareas no pueden hacer</translation>
        </message>
        <message>
            <source>What this computer tells the project</source>
            <translation>Lo que este ordenador cuenta al proyecto</translation>
        </message>
        <message>
            <source>No name of yours, no file of yours. See for yourself: the last messages, letter by letter.</source>
            <translation>Ni su nombre ni sus archivos. Véalo: los últimos mensajes, letra por letra.</translation>
        </message>
        <message>
            <source>&amp;Show what we send</source>
            <translation>&amp;Mostrar lo que enviamos</translation>
        </message>
        <message>
            <source>The agent is too old to show its messages. Update the package hearth-agent.</source>
            <translation>El agente es demasiado antiguo para mostrar sus mensajes. Actualice el paquete hearth-agent.</translation>
        </message>
        <message>
            <source>%1 (%2)</source>
            <translation>%1 (%2)</translation>
        </message>
        <message>
            <source>unknown</source>
            <translation>desconocido</translation>
        </message>
        <message>
            <source>%1 of %2</source>
            <translation>%1 de %2</translation>
        </message>
        <message>
            <source>%1 of %2; kept for later tasks: %3</source>
            <translation>%1 de %2; guardado para más tarde: %3</translation>
        </message>
        <message>
            <source>%1 °C</source>
            <translation>%1 °C</translation>
        </message>
        <message>
            <source>not measured</source>
            <translation>no se mide</translation>
        </message>
        <message>
            <source>agent %1, window %2</source>
            <translation>agente %1, ventana %2</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ContributionView</name>
        <message>
            <source>What your results were used for</source>
            <translation>Para qué sirvieron sus resultados</translation>
        </message>
        <message>
            <source>tasks</source>
            <translation>tareas</translation>
        </message>
        <message>
            <source>hours of a processor</source>
            <translation>horas de procesador</translation>
        </message>
        <message>
            <source>credit</source>
            <translation>puntos</translation>
        </message>
        <message>
            <source>energy in 30 days, estimated</source>
            <translation>energía en 30 días, estimada</translation>
        </message>
        <message>
            <source>Tasks a day, the last 30 days</source>
            <translation>Tareas al día, últimos 30 días</translation>
        </message>
        <message>
            <source>The agent is too old to remember its days. Update the package hearth-agent.</source>
            <translation>El agente es demasiado antiguo para recordar sus días. Actualice el paquete hearth-agent.</translation>
        </message>
        <message>
            <source>%1 to %2</source>
            <translation>del %1 al %2</translation>
        </message>
        <message>
            <source>–</source>
            <translation>–</translation>
        </message>
        <message>
            <source>Still to come: %1</source>
            <translation>Por llegar: %1</translation>
        </message>
        <message>
            <source>%1 (to come)</source>
            <translation>%1 (por llegar)</translation>
        </message>
        <message>
            <source>Your projects have not said so yet.</source>
            <translation>Sus proyectos aún no lo han dicho.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::DailyChart</name>
        <message>
            <source>Tasks</source>
            <translation>Tareas</translation>
        </message>
        <message>
            <source>Tasks a day over the last 30 days</source>
            <translation>Tareas al día en los últimos 30 días</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::FirstRunView</name>
        <message>
            <source>Give this computer's idle time to science</source>
            <translation>Regale a la ciencia el tiempo libre de este ordenador</translation>
        </message>
        <message>
            <source>You have an invitation? Click its link, drop it here, or:</source>
            <translation>¿Tiene una invitación? Pulse su enlace, suéltela aquí, o:</translation>
        </message>
        <message>
            <source>Use the &amp;link that I copied</source>
            <translation>Usar el &amp;enlace copiado</translation>
        </message>
        <message>
            <source>&amp;Open an invitation file…</source>
            <translation>&amp;Abrir un archivo de invitación…</translation>
        </message>
        <message>
            <source>&amp;Not now</source>
            <translation>A&amp;hora no</translation>
        </message>
        <message>
            <source>If you join</source>
            <translation>Si se une</translation>
        </message>
        <message>
            <source>Its tasks use this computer while you are away. They sleep within a second when you come back.</source>
            <translation>Sus tareas usan este ordenador mientras no está. Se duermen en un segundo cuando vuelve.</translation>
        </message>
        <message>
            <source>A task sees a folder of its own and none of your files, and has no network.</source>
            <translation>Una tarea ve su propia carpeta y ninguno de sus archivos, y no tiene red.</translation>
        </message>
        <message>
            <source>The project learns what kind of computer this is and what its tasks returned. Not your name.</source>
            <translation>El proyecto sabe qué tipo de ordenador es y qué dieron sus tareas. No su nombre.</translation>
        </message>
        <message>
            <source>It uses some electricity. Settings say when and how much; you can pause or leave at any time.</source>
            <translation>Gasta algo de electricidad. Los ajustes dicen cuándo y cuánto; puede pausar o dejarlo en cualquier momento.</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>&amp;Atrás</translation>
        </message>
        <message>
            <source>&amp;Join</source>
            <translation>&amp;Unirse</translation>
        </message>
        <message>
            <source>&amp;Close</source>
            <translation>&amp;Cerrar</translation>
        </message>
        <message>
            <source>Choose</source>
            <translation>Elegir</translation>
        </message>
        <message>
            <source>Choose %1</source>
            <translation>Elegir %1</translation>
        </message>
        <message>
            <source>Open an invitation</source>
            <translation>Abrir una invitación</translation>
        </message>
        <message>
            <source>This is no invitation</source>
            <translation>Esto no es una invitación</translation>
        </message>
        <message>
            <source>An invitation is a link that begins with hearth://join, or a file that holds one.</source>
            <translation>Una invitación es un enlace que empieza por hearth://join, o un archivo que contiene uno.</translation>
        </message>
        <message>
            <source>Click the link on the project's page again, or ask whoever sent it.</source>
            <translation>Pulse de nuevo el enlace de la página del proyecto, o pregunte a quien lo envió.</translation>
        </message>
        <message>
            <source>The agent is too old to join from here</source>
            <translation>El agente es demasiado antiguo para unirse desde aquí</translation>
        </message>
        <message>
            <source>The agent speaks an older language than this window.</source>
            <translation>El agente habla una lengua más antigua que esta ventana.</translation>
        </message>
        <message>
            <source>Update the package hearth-agent, then open the invitation again.</source>
            <translation>Actualice el paquete hearth-agent y abra de nuevo la invitación.</translation>
        </message>
        <message>
            <source>Looking at the invitation…</source>
            <translation>Mirando la invitación…</translation>
        </message>
        <message>
            <source>Join %1?</source>
            <translation>¿Unirse a %1?</translation>
        </message>
        <message>
            <source>Server %1, checked against the invitation.</source>
            <translation>Servidor %1, comprobado con la invitación.</translation>
        </message>
        <message>
            <source>&amp;Join %1</source>
            <translation>&amp;Unirse a %1</translation>
        </message>
        <message>
            <source>This is not the project's server</source>
            <translation>Este no es el servidor del proyecto</translation>
        </message>
        <message>
            <source>The server that answered does not have the certificate that your invitation names. Somebody may be standing between you and the project. Nothing was sent, and nothing was joined.</source>
            <translation>El servidor que ha respondido no tiene el certificado que nombra su invitación. Puede que alguien esté entre usted y el proyecto. No se ha enviado nada ni se ha unido a nada.</translation>
        </message>
        <message>
            <source>Do not use this invitation on this network. Ask the project for a new one if it happens elsewhere, too.</source>
            <translation>No use esta invitación en esta red. Si ocurre también en otro sitio, pida una nueva al proyecto.</translation>
        </message>
        <message>
            <source>This invitation is used up</source>
            <translation>Esta invitación ya no vale</translation>
        </message>
        <message>
            <source>Ask the project for a new one.</source>
            <translation>Pida una nueva al proyecto.</translation>
        </message>
        <message>
            <source>This invitation is damaged</source>
            <translation>Esta invitación está dañada</translation>
        </message>
        <message>
            <source>Click the link again where you found it; it may have been cut short.</source>
            <translation>Pulse de nuevo el enlace donde lo encontró; puede que se haya cortado.</translation>
        </message>
        <message>
            <source>The project does not answer</source>
            <translation>El proyecto no responde</translation>
        </message>
        <message>
            <source>Try again later.</source>
            <translation>Inténtelo más tarde.</translation>
        </message>
        <message>
            <source>Joining…</source>
            <translation>Uniéndose…</translation>
        </message>
        <message>
            <source>Welcome! The first tasks are on their way.</source>
            <translation>¡Le damos la bienvenida! Las primeras tareas están en camino.</translation>
        </message>
        <message>
            <source>Open an invitation to a project, and this computer helps it whenever you are away.</source>
            <translation>Abra una invitación a un proyecto, y este ordenador lo ayudará siempre que usted no esté.</translation>
        </message>
        <message>
            <source>Choose a project, and this computer helps it whenever you are away.</source>
            <translation>Elija un proyecto, y este ordenador lo ayudará siempre que usted no esté.</translation>
        </message>
        <message>
            <source>The agent is too old to join from here. Update the package hearth-agent.</source>
            <translation>El agente es demasiado antiguo para unirse desde aquí. Actualice el paquete hearth-agent.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::HowMuchPage</name>
        <message>
            <source>&amp;All settings as out of the box</source>
            <translation>&amp;Todos los ajustes de fábrica</translation>
        </message>
        <message>
            <source>While I use the computer</source>
            <translation>Mientras uso el ordenador</translation>
        </message>
        <message>
            <source>While I am away</source>
            <translation>Mientras no estoy</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>Procesadores</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Memoria</translation>
        </message>
        <message>
            <source>With 0 % of the processors, tasks sleep while you are here.</source>
            <translation>Con el 0 % de los procesadores, las tareas duermen mientras usted está.</translation>
        </message>
        <message>
            <source>I count as away after</source>
            <translation>Me considero ausente después de</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Disco</translation>
        </message>
        <message>
            <source>For tasks, at most</source>
            <translation>Para las tareas, como mucho</translation>
        </message>
        <message>
            <source>Stays free in any case</source>
            <translation>Queda libre en todo caso</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::MainWindow</name>
        <message>
            <source>Hearth</source>
            <translation>Hearth</translation>
        </message>
        <message>
            <source>Views</source>
            <translation>Vistas</translation>
        </message>
        <message>
            <source>&amp;Now</source>
            <translation>A&amp;hora</translation>
        </message>
        <message>
            <source>&amp;This computer</source>
            <translation>&amp;Este ordenador</translation>
        </message>
        <message>
            <source>&amp;Contribution</source>
            <translation>Co&amp;ntribución</translation>
        </message>
        <message>
            <source>&amp;Settings</source>
            <translation>&amp;Ajustes</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>&amp;Deshacer</translation>
        </message>
        <message>
            <source>Close this message</source>
            <translation>Cerrar este mensaje</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::MessagesView</name>
        <message>
            <source>What this computer sent and received</source>
            <translation>Lo que este ordenador ha enviado y recibido</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>&amp;Atrás</translation>
        </message>
        <message>
            <source>Messages, newest first</source>
            <translation>Mensajes, los más recientes primero</translation>
        </message>
        <message>
            <source>The message as it was</source>
            <translation>El mensaje tal como fue</translation>
        </message>
        <message>
            <source>Asking the agent…</source>
            <translation>Preguntando al agente…</translation>
        </message>
        <message>
            <source>%1  sent to %2  %3</source>
            <translation>%1  enviado a %2  %3</translation>
        </message>
        <message>
            <source>%1  received from %2  %3</source>
            <translation>%1  recibido de %2  %3</translation>
        </message>
        <message>
            <source>Nothing was sent since the agent started.</source>
            <translation>No se ha enviado nada desde que se inició el agente.</translation>
        </message>
        <message>
            <source>Set out in lines, and otherwise as they were, letter by letter.</source>
            <translation>Puestos en líneas y, por lo demás, tal como fueron, letra por letra.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Notices</name>
        <message>
            <source>Work is finished</source>
            <translation>El trabajo ha terminado</translation>
        </message>
        <message>
            <source>Nothing runs until you choose Run.</source>
            <translation>No se ejecuta nada hasta que elija «Ejecutar».</translation>
        </message>
        <message>
            <source>Your first task was certified</source>
            <translation>Su primera tarea ha sido certificada</translation>
        </message>
        <message>
            <source>What this computer computed is right, and counts.</source>
            <translation>Lo que este ordenador calculó es correcto, y cuenta.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::NowView</name>
        <message>
            <source>Tasks on this computer</source>
            <translation>Tareas en este ordenador</translation>
        </message>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Ejecutar</translation>
        </message>
        <message>
            <source>&amp;Pause</source>
            <translation>&amp;Pausa</translation>
        </message>
        <message>
            <source>&amp;Finish current work</source>
            <translation>&amp;Terminar lo que está en curso</translation>
        </message>
        <message>
            <source>No tasks are on this computer now.</source>
            <translation>Ahora no hay tareas en este ordenador.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::PauseMenu</name>
        <message>
            <source>&amp;Pause</source>
            <translation>&amp;Pausa</translation>
        </message>
        <message>
            <source>For &amp;15 minutes</source>
            <translation>Durante &amp;15 minutos</translation>
        </message>
        <message>
            <source>For an &amp;hour</source>
            <translation>Durante una &amp;hora</translation>
        </message>
        <message>
            <source>Until I &amp;resume</source>
            <translation>Hasta que &amp;reanude</translation>
        </message>
        <message>
            <source>Until &amp;tomorrow (%1)</source>
            <translation>Hasta &amp;mañana (%1)</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::PreferenceWords</name>
        <message>
            <source>You count as away after</source>
            <translation>Se le considera ausente después de</translation>
        </message>
        <message>
            <source>Processors while you are away</source>
            <translation>Procesadores mientras no está</translation>
        </message>
        <message>
            <source>Memory while you are away</source>
            <translation>Memoria mientras no está</translation>
        </message>
        <message>
            <source>Processors while you use the computer</source>
            <translation>Procesadores mientras usa el ordenador</translation>
        </message>
        <message>
            <source>Memory while you use the computer</source>
            <translation>Memoria mientras usa el ordenador</translation>
        </message>
        <message>
            <source>Hours for tasks</source>
            <translation>Horas para las tareas</translation>
        </message>
        <message>
            <source>Hours for the network</source>
            <translation>Horas para la red</translation>
        </message>
        <message>
            <source>Networks that cost by volume</source>
            <translation>Redes que cobran por volumen</translation>
        </message>
        <message>
            <source>Disk for tasks</source>
            <translation>Disco para las tareas</translation>
        </message>
        <message>
            <source>Disk that stays free</source>
            <translation>Disco que queda libre</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Con batería</translation>
        </message>
        <message>
            <source>Too hot from</source>
            <translation>Demasiado caliente desde</translation>
        </message>
        <message>
            <source>Cool enough from</source>
            <translation>Bastante frío desde</translation>
        </message>
        <message>
            <source>Pause when other programs need</source>
            <translation>Pausar cuando otros programas necesiten</translation>
        </message>
        <message>
            <source>Go on when other programs need</source>
            <translation>Seguir cuando otros programas necesiten</translation>
        </message>
        <message>
            <source>Pause when programs wait for memory</source>
            <translation>Pausar cuando los programas esperen memoria</translation>
        </message>
        <message>
            <source>Go on when programs wait for memory</source>
            <translation>Seguir cuando los programas esperen memoria</translation>
        </message>
        <message>
            <source>While a program fills the screen</source>
            <translation>Mientras un programa llena la pantalla</translation>
        </message>
        <message>
            <source>Programs that make it pause</source>
            <translation>Programas que hacen pausar</translation>
        </message>
        <message>
            <source>Work to hold ahead</source>
            <translation>Trabajo de reserva</translation>
        </message>
        <message>
            <source>always</source>
            <translation>siempre</translation>
        </message>
        <message numerus="yes">
            <source>%n hour(s) a week</source>
            <translation>
                <numerusform>%n hora a la semana</numerusform>
                <numerusform>%n horas a la semana</numerusform>
            </translation>
        </message>
        <message>
            <source>tasks go on</source>
            <translation>las tareas siguen</translation>
        </message>
        <message>
            <source>tasks wait</source>
            <translation>las tareas esperan</translation>
        </message>
        <message>
            <source>Share of %1</source>
            <translation>Parte de %1</translation>
        </message>
        <message>
            <source>used</source>
            <translation>se usan</translation>
        </message>
        <message>
            <source>not used</source>
            <translation>no se usan</translation>
        </message>
        <message>
            <source>tasks run from %1 % of charge on</source>
            <translation>las tareas se ejecutan desde el %1 % de carga</translation>
        </message>
        <message>
            <source>none</source>
            <translation>ninguno</translation>
        </message>
        <message>
            <source>what is free</source>
            <translation>lo que esté libre</translation>
        </message>
        <message>
            <source>never</source>
            <translation>nunca</translation>
        </message>
        <message>
            <source>%1 °C</source>
            <translation>%1 °C</translation>
        </message>
        <message>
            <source>%1 %</source>
            <translation>%1 %</translation>
        </message>
        <message>
            <source>%1: now %2 (before: %3).</source>
            <translation>%1: ahora %2 (antes: %3).</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ProjectsPage</name>
        <message>
            <source>Projects</source>
            <translation>Proyectos</translation>
        </message>
        <message>
            <source>&amp;Join another project…</source>
            <translation>&amp;Unirse a otro proyecto…</translation>
        </message>
        <message>
            <source>Network</source>
            <translation>Red</translation>
        </message>
        <message>
            <source>Use networks that &amp;cost by volume</source>
            <translation>Usar redes que &amp;cobran por volumen</translation>
        </message>
        <message>
            <source>Work to hold ahead</source>
            <translation>Trabajo de reserva</translation>
        </message>
        <message>
            <source>Hours in which the network may be used</source>
            <translation>Horas en que se puede usar la red</translation>
        </message>
        <message>
            <source>This window</source>
            <translation>Esta ventana</translation>
        </message>
        <message>
            <source>Show the icon when I &amp;log in</source>
            <translation>Mostrar el icono al &amp;iniciar sesión</translation>
        </message>
        <message>
            <source>Notifications: now on (before: off).</source>
            <translation>Avisos: ahora activados (antes: desactivados).</translation>
        </message>
        <message>
            <source>Notifications: now off (before: on).</source>
            <translation>Avisos: ahora desactivados (antes: activados).</translation>
        </message>
        <message>
            <source>The icon is shown when you log in.</source>
            <translation>El icono se muestra al iniciar sesión.</translation>
        </message>
        <message>
            <source>The icon is no longer shown when you log in. Tasks run as before.</source>
            <translation>El icono ya no se muestra al iniciar sesión. Las tareas se ejecutan como antes.</translation>
        </message>
        <message>
            <source>Your settings folder cannot be written to. Check its disk and its rights.</source>
            <translation>No se puede escribir en su carpeta de ajustes. Compruebe el disco y los permisos.</translation>
        </message>
        <message>
            <source>None yet.</source>
            <translation>Ninguno todavía.</translation>
        </message>
        <message>
            <source>Run tasks of %1</source>
            <translation>Ejecutar tareas de %1</translation>
        </message>
        <message>
            <source>Share of %1</source>
            <translation>Parte de %1</translation>
        </message>
        <message>
            <source>Parts of the machine: a project with 200 gets twice the time of one with 100.</source>
            <translation>Partes de la máquina: un proyecto con 200 recibe el doble de tiempo que uno con 100.</translation>
        </message>
        <message>
            <source>Leave…</source>
            <translation>Dejar…</translation>
        </message>
        <message>
            <source>Leave %1</source>
            <translation>Dejar %1</translation>
        </message>
        <message>
            <source>Share</source>
            <translation>Parte</translation>
        </message>
        <message>
            <source>Leave %1?</source>
            <translation>¿Dejar %1?</translation>
        </message>
        <message>
            <source>Its tasks on this computer are dropped, and its results so far stay counted. You need an invitation to come back.</source>
            <translation>Sus tareas en este ordenador se descartan, y los resultados hasta ahora siguen contando. Para volver hace falta una invitación.</translation>
        </message>
        <message>
            <source>&amp;Leave</source>
            <translation>&amp;Dejar</translation>
        </message>
        <message>
            <source>&amp;Stay</source>
            <translation>&amp;Quedarse</translation>
        </message>
        <message>
            <source>Show &amp;notifications</source>
            <translation>Mostrar &amp;avisos</translation>
        </message>
        <message>
            <source>Of trouble, of finished work, and of my first certified task; of nothing else.</source>
            <translation>De problemas, de trabajo terminado y de mi primera tarea certificada; de nada más.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::SettingsView</name>
        <message>
            <source>Groups of settings</source>
            <translation>Grupos de ajustes</translation>
        </message>
        <message>
            <source>How &amp;much</source>
            <translation>C&amp;uánto</translation>
        </message>
        <message>
            <source>W&amp;hen</source>
            <translation>Cuán&amp;do</translation>
        </message>
        <message>
            <source>Pro&amp;jects and network</source>
            <translation>Pro&amp;yectos y red</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::StatusLine</name>
        <message>
            <source>The agent is not running</source>
            <translation>El agente no está en marcha</translation>
        </message>
        <message>
            <source>Hearth's work is done by a service of its own, and nothing answers in its name.</source>
            <translation>El trabajo lo hace un servicio propio, y nada responde en su nombre.</translation>
        </message>
        <message>
            <source>Install the package hearth-agent, or start it: sudo systemctl start hearth-agent. This window connects by itself as soon as it runs.</source>
            <translation>Instale el paquete hearth-agent, o inícielo: sudo systemctl start hearth-agent. Esta ventana se conecta sola en cuanto funcione.</translation>
        </message>
        <message>
            <source>You may not control the agent of this computer</source>
            <translation>Usted no puede controlar el agente de este ordenador</translation>
        </message>
        <message>
            <source>The agent is too old for this window</source>
            <translation>El agente es demasiado antiguo para esta ventana</translation>
        </message>
        <message>
            <source>Update the package hearth-agent. Tasks go on meanwhile.</source>
            <translation>Actualice el paquete hearth-agent. Mientras tanto, las tareas siguen.</translation>
        </message>
        <message>
            <source>This window is too old for the agent</source>
            <translation>Esta ventana es demasiado antigua para el agente</translation>
        </message>
        <message>
            <source>Update the package hearth-tray and start it again. Tasks go on meanwhile.</source>
            <translation>Actualice el paquete hearth-tray y vuelva a iniciarlo. Mientras tanto, las tareas siguen.</translation>
        </message>
        <message>
            <source>The agent cannot be understood</source>
            <translation>No se entiende al agente</translation>
        </message>
        <message>
            <source>Something answers in its place that does not speak as an agent does.</source>
            <translation>Algo responde en su lugar y no habla como un agente.</translation>
        </message>
        <message>
            <source>Restart it: sudo systemctl restart hearth-agent.</source>
            <translation>Reinícielo: sudo systemctl restart hearth-agent.</translation>
        </message>
        <message>
            <source>Looking for the agent</source>
            <translation>Buscando al agente</translation>
        </message>
        <message>
            <source>Goes on %1.</source>
            <translation>Sigue %1.</translation>
        </message>
        <message>
            <source>Goes on: %1.</source>
            <translation>Sigue: %1.</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>En espera</translation>
        </message>
        <message>
            <source>Tasks sleep while you use the computer, and go on when you are away.</source>
            <translation>Las tareas duermen mientras usa el ordenador y siguen cuando no está.</translation>
        </message>
        <message>
            <source>Also: %1.</source>
            <translation>Además: %1.</translation>
        </message>
        <message>
            <source>Getting work ready</source>
            <translation>Preparando el trabajo</translation>
        </message>
        <message numerus="yes">
            <source>Running %n task(s)</source>
            <translation>
                <numerusform>Una tarea en marcha</numerusform>
                <numerusform>%n tareas en marcha</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 for %2</source>
            <translation>%1 para %2</translation>
        </message>
        <message>
            <source>The project's server is not reached</source>
            <translation>No se alcanza el servidor del proyecto</translation>
        </message>
        <message>
            <source>It is tried again by itself. If nothing else on the network works either, look there first.</source>
            <translation>Se vuelve a intentar solo. Si tampoco funciona nada más en la red, mire primero ahí.</translation>
        </message>
        <message>
            <source>No work at the moment</source>
            <translation>No hay trabajo por ahora</translation>
        </message>
        <message>
            <source>New work is asked for by itself.</source>
            <translation>Se pide trabajo nuevo automáticamente.</translation>
        </message>
        <message>
            <source>Paused by you %1</source>
            <translation>Pausado por usted %1</translation>
        </message>
        <message>
            <source>Paused by you until you resume</source>
            <translation>Pausado por usted hasta que reanude</translation>
        </message>
        <message>
            <source>Tasks keep their place, and go on where they were.</source>
            <translation>Las tareas conservan su sitio y siguen donde estaban.</translation>
        </message>
        <message numerus="yes">
            <source>Finishing %n task(s), then stopping</source>
            <translation>
                <numerusform>Termina una tarea y se detiene</numerusform>
                <numerusform>Terminan %n tareas y se detiene</numerusform>
            </translation>
        </message>
        <message>
            <source>No new work is taken until you choose Run.</source>
            <translation>No se toma trabajo nuevo hasta que elija «Ejecutar».</translation>
        </message>
        <message>
            <source>Finished: nothing runs until you choose Run</source>
            <translation>Terminado: no se ejecuta nada hasta que elija «Ejecutar»</translation>
        </message>
        <message>
            <source>Not part of a project yet</source>
            <translation>Aún no está en ningún proyecto</translation>
        </message>
        <message>
            <source>Open the window to choose one.</source>
            <translation>Abra la ventana para elegir uno.</translation>
        </message>
        <message>
            <source>Cannot work</source>
            <translation>No puede trabajar</translation>
        </message>
        <message>
            <source>The agent is ending</source>
            <translation>El agente está terminando</translation>
        </message>
        <message>
            <source>Starting</source>
            <translation>Iniciando</translation>
        </message>
        <message>
            <source>Running</source>
            <translation>En marcha</translation>
        </message>
        <message>
            <source>Finishing</source>
            <translation>Terminando</translation>
        </message>
        <message>
            <source>Paused by you</source>
            <translation>Pausado por usted</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Con batería</translation>
        </message>
        <message>
            <source>No work</source>
            <translation>Sin trabajo</translation>
        </message>
        <message>
            <source>Trouble</source>
            <translation>Problema</translation>
        </message>
        <message>
            <source>Waiting until you are away</source>
            <translation>Espera a que usted no esté</translation>
        </message>
        <message>
            <source>Waiting: the computer runs on battery</source>
            <translation>En espera: el ordenador va con batería</translation>
        </message>
        <message>
            <source>Waiting for the hours that you chose</source>
            <translation>Espera a las horas que usted eligió</translation>
        </message>
        <message>
            <source>Waiting: the computer is too hot</source>
            <translation>En espera: el ordenador está demasiado caliente</translation>
        </message>
        <message>
            <source>Waiting: a program fills the screen</source>
            <translation>En espera: un programa llena la pantalla</translation>
        </message>
        <message>
            <source>Waiting: a game runs</source>
            <translation>En espera: hay un juego en marcha</translation>
        </message>
        <message>
            <source>Waiting: a program runs that you named</source>
            <translation>En espera: funciona un programa que usted nombró</translation>
        </message>
        <message>
            <source>Waiting: other programs need the processor</source>
            <translation>En espera: otros programas necesitan el procesador</translation>
        </message>
        <message>
            <source>Waiting: other programs need the memory</source>
            <translation>En espera: otros programas necesitan la memoria</translation>
        </message>
        <message>
            <source>Waiting: this network costs by volume</source>
            <translation>En espera: esta red cobra por volumen</translation>
        </message>
        <message>
            <source>Waiting for the network's hours</source>
            <translation>Espera a las horas de la red</translation>
        </message>
        <message>
            <source>Waiting: too little disk is free</source>
            <translation>En espera: queda poco disco libre</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TaskDelegate</name>
        <message>
            <source>Waiting its turn</source>
            <translation>Espera su turno</translation>
        </message>
        <message>
            <source>Fetching its files</source>
            <translation>Trae sus archivos</translation>
        </message>
        <message>
            <source>Ready to run</source>
            <translation>Lista</translation>
        </message>
        <message>
            <source>Gathering its results</source>
            <translation>Reúne sus resultados</translation>
        </message>
        <message>
            <source>Sending its results</source>
            <translation>Envía sus resultados</translation>
        </message>
        <message>
            <source>Done; the project looks at it</source>
            <translation>Hecha; el proyecto la comprueba</translation>
        </message>
        <message>
            <source>Asleep</source>
            <translation>Dormida</translation>
        </message>
        <message>
            <source>%1 left</source>
            <translation>quedan %1</translation>
        </message>
        <message>
            <source>Running</source>
            <translation>En marcha</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TaskModel</name>
        <message>
            <source>Batch %1</source>
            <translation>Lote %1</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TrayIcon</name>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Ejecutar</translation>
        </message>
        <message>
            <source>&amp;Finish current work</source>
            <translation>&amp;Terminar lo que está en curso</translation>
        </message>
        <message>
            <source>&amp;Open</source>
            <translation>&amp;Abrir</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>&amp;Salir</translation>
        </message>
        <message>
            <source>&amp;Close this icon; tasks go on</source>
            <translation>&amp;Cerrar este icono; las tareas siguen</translation>
        </message>
        <message>
            <source>&amp;Stop all tasks and end the agent</source>
            <translation>&amp;Detener todas las tareas y el agente</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WeekEditor</name>
        <message>
            <source>Any time</source>
            <translation>A cualquier hora</translation>
        </message>
        <message>
            <source>%1: any time</source>
            <translation>%1: a cualquier hora</translation>
        </message>
        <message>
            <source>One hour at least stays open. To stop altogether, choose Pause.</source>
            <translation>Al menos una hora queda abierta. Para detener todo, elija «Pausa».</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WeekGrid</name>
        <message>
            <source>%1, %2 to %3</source>
            <translation>%1, de %2 a %3</translation>
        </message>
        <message>
            <source>%1: yes</source>
            <translation>%1: sí</translation>
        </message>
        <message>
            <source>%1: no</source>
            <translation>%1: no</translation>
        </message>
        <message>
            <source>%1: in part</source>
            <translation>%1: en parte</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WhenPage</name>
        <message>
            <source> °C</source>
            <translation> °C</translation>
        </message>
        <message>
            <source>Hours in which tasks may run</source>
            <translation>Horas en que se pueden ejecutar tareas</translation>
        </message>
        <message>
            <source>Paint with the mouse, or with the arrow keys and the space bar.</source>
            <translation>Pinte con el ratón, o con las flechas y la barra espaciadora.</translation>
        </message>
        <message>
            <source>What comes first</source>
            <translation>Lo que va primero</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Con batería</translation>
        </message>
        <message>
            <source>Tasks wait while a game runs or a program &amp;fills the screen</source>
            <translation>Las tareas esperan durante un juego o si un programa &amp;llena la pantalla</translation>
        </message>
        <message>
            <source>Tasks wait when other programs need</source>
            <translation>Las tareas esperan cuando otros programas necesitan</translation>
        </message>
        <message>
            <source>Heat and noise</source>
            <translation>Calor y ruido</translation>
        </message>
        <message>
            <source>Tasks stop at</source>
            <translation>Las tareas se detienen a</translation>
        </message>
        <message>
            <source>and go on at</source>
            <translation>y siguen a</translation>
        </message>
        <message>
            <source>Programs that make tasks wait</source>
            <translation>Programas que hacen esperar a las tareas</translation>
        </message>
        <message>
            <source>Name of a program, such as obs</source>
            <translation>Nombre de un programa, por ejemplo obs</translation>
        </message>
        <message>
            <source>Name of a program</source>
            <translation>Nombre de un programa</translation>
        </message>
        <message>
            <source>&amp;Add</source>
            <translation>&amp;Añadir</translation>
        </message>
        <message>
            <source>Re&amp;move</source>
            <translation>&amp;Quitar</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Wording</name>
        <message>
            <source>at %1</source>
            <translation>a las %1</translation>
        </message>
        <message>
            <source>tomorrow at %1</source>
            <translation>mañana a las %1</translation>
        </message>
        <message>
            <source>on %1 at %2</source>
            <translation>el %1 a las %2</translation>
        </message>
        <message>
            <source>until %1</source>
            <translation>hasta las %1</translation>
        </message>
        <message>
            <source>until tomorrow, %1</source>
            <translation>hasta mañana, %1</translation>
        </message>
        <message>
            <source>until %1, %2</source>
            <translation>hasta %1, %2</translation>
        </message>
        <message>
            <source>a minute</source>
            <translation>un minuto</translation>
        </message>
        <message>
            <source>%1 min</source>
            <translation>%1 min</translation>
        </message>
        <message>
            <source>%1 h %2 min</source>
            <translation>%1 h %2 min</translation>
        </message>
        <message numerus="yes">
            <source>%n day(s)</source>
            <translation>
                <numerusform>%n día</numerusform>
                <numerusform>%n días</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 kWh</source>
            <translation>%1 kWh</translation>
        </message>
    </context>
    <context>
        <name>main</name>
        <message>
            <source>Shows and controls the Hearth agent of this computer.</source>
            <translation>Muestra y controla el agente Hearth de este ordenador.</translation>
        </message>
        <message>
            <source>The agent's control socket.</source>
            <translation>El socket de control del agente.</translation>
        </message>
        <message>
            <source>Start with the icon only.</source>
            <translation>Iniciar solo con el icono.</translation>
        </message>
        <message>
            <source>A hearth://join link, or a file that holds one.</source>
            <translation>Un enlace hearth://join, o un archivo que contiene uno.</translation>
        </message>
        <message>
            <source>Your settings of this window could not be read. They are kept as %1, and it starts afresh.</source>
            <translation>Sus ajustes de esta ventana no se pudieron leer. Se guardan como %1, y empieza de nuevo.</translation>
        </message>
        <message>
            <source>Hearth</source>
            <translation>Hearth</translation>
        </message>
        <message>
            <source>hearth-tray runs already and does not answer. End it and start it again.</source>
            <translation>hearth-tray ya está en marcha y no responde. Ciérrelo y vuelva a iniciarlo.</translation>
        </message>
    </context>
</TS>
