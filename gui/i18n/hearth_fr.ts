<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
    <context>
        <name>hearth::gui::AgentDesk</name>
        <message>
            <source>The agent was started again.</source>
            <translation>L’agent a été redémarré.</translation>
        </message>
        <message>
            <source>The agent was updated from %1 to %2.</source>
            <translation>L’agent est passé de la version %1 à la version %2.</translation>
        </message>
        <message>
            <source>This computer has left %1.</source>
            <translation>Cet ordinateur a quitté %1.</translation>
        </message>
        <message>
            <source>All settings are as they were out of the box.</source>
            <translation>Tous les réglages sont revenus à leur valeur d’origine.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::AgentLink</name>
        <message>
            <source>The agent does not answer.</source>
            <translation>L’agent ne répond pas.</translation>
        </message>
        <message>
            <source>This window connects again by itself as soon as the agent runs.</source>
            <translation>Cette fenêtre se reconnecte d’elle-même dès que l’agent fonctionne.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Badge</name>
        <message>
            <source>First fire</source>
            <translation>Premier feu</translation>
        </message>
        <message>
            <source>One task was certified</source>
            <translation>Une tâche a été certifiée</translation>
        </message>
        <message>
            <source>Hundred</source>
            <translation>Cent</translation>
        </message>
        <message>
            <source>100 tasks were certified</source>
            <translation>100 tâches ont été certifiées</translation>
        </message>
        <message>
            <source>Thousand</source>
            <translation>Mille</translation>
        </message>
        <message>
            <source>1000 tasks were certified</source>
            <translation>1000 tâches ont été certifiées</translation>
        </message>
        <message>
            <source>A day's work</source>
            <translation>Un jour de travail</translation>
        </message>
        <message>
            <source>24 hours of one processor</source>
            <translation>24 heures d’un processeur</translation>
        </message>
        <message>
            <source>A year's work</source>
            <translation>Un an de travail</translation>
        </message>
        <message>
            <source>365 days of one processor</source>
            <translation>365 jours d’un processeur</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ComputerView</name>
        <message>
            <source>Each task is locked in, and held to its limits by the kernel.</source>
            <translation>Chaque tâche est enfermée, et le noyau fait respecter ses limites.</translation>
        </message>
        <message>
            <source>Each task is locked in; its limits are watched by the agent.</source>
            <translation>Chaque tâche est enfermée ; l’agent surveille ses limites.</translation>
        </message>
        <message>
            <source>Each task is an ordinary process with limits.</source>
            <translation>Chaque tâche est un processus ordinaire avec des limites.</translation>
        </message>
        <message>
            <source>Tasks cannot be locked in on this computer, so none run.</source>
            <translation>Sur cet ordinateur, les tâches ne peuvent pas être enfermées ; aucune ne tourne donc.</translation>
        </message>
        <message>
            <source>What tasks may use now</source>
            <translation>Ce que les tâches peuvent utiliser maintenant</translation>
        </message>
        <message>
            <source>Computer</source>
            <translation>Ordinateur</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>Processeurs</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Mémoire</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Disque</translation>
        </message>
        <message>
            <source>Temperature</source>
            <translation>Température</translation>
        </message>
        <message>
            <source>Program</source>
            <translation>Programme</translation>
        </message>
        <message>
            <source>What tasks may not do</source>
            <translation>Ce que les tâches ne peuvent pas faire</translation>
        </message>
        <message>
            <source>What this computer tells the project</source>
            <translation>Ce que cet ordinateur dit au projet</translation>
        </message>
        <message>
            <source>No name of yours, no file of yours. See for yourself: the last messages, letter by letter.</source>
            <translation>Ni votre nom ni vos fichiers. Voyez vous-même : les derniers messages, lettre par lettre.</translation>
        </message>
        <message>
            <source>&amp;Show what we send</source>
            <translation>&amp;Montrer ce que nous envoyons</translation>
        </message>
        <message>
            <source>The agent is too old to show its messages. Update the package hearth-agent.</source>
            <translation>L’agent est trop ancien pour montrer ses messages. Mettez à jour le paquet hearth-agent.</translation>
        </message>
        <message>
            <source>%1 (%2)</source>
            <translation>%1 (%2)</translation>
        </message>
        <message>
            <source>unknown</source>
            <translation>inconnu</translation>
        </message>
        <message>
            <source>%1 of %2</source>
            <translation>%1 sur %2</translation>
        </message>
        <message>
            <source>%1 of %2; kept for later tasks: %3</source>
            <translation>%1 sur %2 ; gardés pour plus tard : %3</translation>
        </message>
        <message>
            <source>%1 °C</source>
            <translation>%1 °C</translation>
        </message>
        <message>
            <source>not measured</source>
            <translation>non mesurée</translation>
        </message>
        <message>
            <source>agent %1, window %2</source>
            <translation>agent %1, fenêtre %2</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ContributionView</name>
        <message>
            <source>What your results were used for</source>
            <translation>À quoi vos résultats ont servi</translation>
        </message>
        <message>
            <source>tasks</source>
            <translation>tâches</translation>
        </message>
        <message>
            <source>hours of a processor</source>
            <translation>heures de processeur</translation>
        </message>
        <message>
            <source>credit</source>
            <translation>points</translation>
        </message>
        <message>
            <source>energy in 30 days, estimated</source>
            <translation>énergie en 30 jours, estimée</translation>
        </message>
        <message>
            <source>Tasks a day, the last 30 days</source>
            <translation>Tâches par jour, 30 derniers jours</translation>
        </message>
        <message>
            <source>The agent is too old to remember its days. Update the package hearth-agent.</source>
            <translation>L’agent est trop ancien pour se souvenir de ses jours. Mettez à jour le paquet hearth-agent.</translation>
        </message>
        <message>
            <source>%1 to %2</source>
            <translation>du %1 au %2</translation>
        </message>
        <message>
            <source>–</source>
            <translation>–</translation>
        </message>
        <message>
            <source>Still to come: %1</source>
            <translation>À venir : %1</translation>
        </message>
        <message>
            <source>%1 (to come)</source>
            <translation>%1 (à venir)</translation>
        </message>
        <message>
            <source>Your projects have not said so yet.</source>
            <translation>Vos projets ne l’ont pas encore dit.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::DailyChart</name>
        <message>
            <source>Tasks</source>
            <translation>Tâches</translation>
        </message>
        <message>
            <source>Tasks a day over the last 30 days</source>
            <translation>Tâches par jour sur les 30 derniers jours</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::FirstRunView</name>
        <message>
            <source>Give this computer's idle time to science</source>
            <translation>Offrez à la science le temps libre de cet ordinateur</translation>
        </message>
        <message>
            <source>You have an invitation? Click its link, drop it here, or:</source>
            <translation>Vous avez une invitation ? Cliquez sur son lien, déposez-la ici, ou :</translation>
        </message>
        <message>
            <source>Use the &amp;link that I copied</source>
            <translation>Utiliser le &amp;lien copié</translation>
        </message>
        <message>
            <source>&amp;Open an invitation file…</source>
            <translation>&amp;Ouvrir un fichier d’invitation…</translation>
        </message>
        <message>
            <source>&amp;Not now</source>
            <translation>&amp;Pas maintenant</translation>
        </message>
        <message>
            <source>If you join</source>
            <translation>Si vous rejoignez le projet</translation>
        </message>
        <message>
            <source>Its tasks use this computer while you are away. They sleep within a second when you come back.</source>
            <translation>Ses tâches utilisent cet ordinateur en votre absence. Elles s’endorment en une seconde à votre retour.</translation>
        </message>
        <message>
            <source>A task sees a folder of its own and none of your files, and has no network.</source>
            <translation>Une tâche voit son propre dossier et aucun de vos fichiers, et n’a pas de réseau.</translation>
        </message>
        <message>
            <source>The project learns what kind of computer this is and what its tasks returned. Not your name.</source>
            <translation>Le projet apprend quel genre d’ordinateur c’est et ce que ses tâches ont donné. Pas votre nom.</translation>
        </message>
        <message>
            <source>It uses some electricity. Settings say when and how much; you can pause or leave at any time.</source>
            <translation>Cela consomme un peu d’électricité. Les réglages disent quand et combien ; vous pouvez suspendre ou partir à tout moment.</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>&amp;Retour</translation>
        </message>
        <message>
            <source>&amp;Join</source>
            <translation>Re&amp;joindre</translation>
        </message>
        <message>
            <source>&amp;Close</source>
            <translation>&amp;Fermer</translation>
        </message>
        <message>
            <source>Choose</source>
            <translation>Choisir</translation>
        </message>
        <message>
            <source>Choose %1</source>
            <translation>Choisir %1</translation>
        </message>
        <message>
            <source>Open an invitation</source>
            <translation>Ouvrir une invitation</translation>
        </message>
        <message>
            <source>This is no invitation</source>
            <translation>Ce n’est pas une invitation</translation>
        </message>
        <message>
            <source>An invitation is a link that begins with hearth://join, or a file that holds one.</source>
            <translation>Une invitation est un lien qui commence par hearth://join, ou un fichier qui en contient un.</translation>
        </message>
        <message>
            <source>Click the link on the project's page again, or ask whoever sent it.</source>
            <translation>Cliquez de nouveau sur le lien de la page du projet, ou demandez à qui l’a envoyé.</translation>
        </message>
        <message>
            <source>The agent is too old to join from here</source>
            <translation>L’agent est trop ancien pour rejoindre un projet d’ici</translation>
        </message>
        <message>
            <source>The agent speaks an older language than this window.</source>
            <translation>L’agent parle une langue plus ancienne que cette fenêtre.</translation>
        </message>
        <message>
            <source>Update the package hearth-agent, then open the invitation again.</source>
            <translation>Mettez à jour le paquet hearth-agent, puis rouvrez l’invitation.</translation>
        </message>
        <message>
            <source>Looking at the invitation…</source>
            <translation>Examen de l’invitation…</translation>
        </message>
        <message>
            <source>Join %1?</source>
            <translation>Rejoindre %1 ?</translation>
        </message>
        <message>
            <source>Server %1, checked against the invitation.</source>
            <translation>Serveur %1, vérifié d’après l’invitation.</translation>
        </message>
        <message>
            <source>&amp;Join %1</source>
            <translation>Re&amp;joindre %1</translation>
        </message>
        <message>
            <source>This is not the project's server</source>
            <translation>Ce n’est pas le serveur du projet</translation>
        </message>
        <message>
            <source>The server that answered does not have the certificate that your invitation names. Somebody may be standing between you and the project. Nothing was sent, and nothing was joined.</source>
            <translation>Le serveur qui a répondu n’a pas le certificat que nomme votre invitation. Quelqu’un se tient peut-être entre vous et le projet. Rien n’a été envoyé ni rejoint.</translation>
        </message>
        <message>
            <source>Do not use this invitation on this network. Ask the project for a new one if it happens elsewhere, too.</source>
            <translation>N’utilisez pas cette invitation sur ce réseau. Si cela arrive ailleurs aussi, demandez-en une nouvelle au projet.</translation>
        </message>
        <message>
            <source>This invitation is used up</source>
            <translation>Cette invitation est épuisée</translation>
        </message>
        <message>
            <source>Ask the project for a new one.</source>
            <translation>Demandez-en une nouvelle au projet.</translation>
        </message>
        <message>
            <source>This invitation is damaged</source>
            <translation>Cette invitation est abîmée</translation>
        </message>
        <message>
            <source>Click the link again where you found it; it may have been cut short.</source>
            <translation>Cliquez de nouveau sur le lien là où vous l’avez trouvé ; il a peut-être été tronqué.</translation>
        </message>
        <message>
            <source>The project does not answer</source>
            <translation>Le projet ne répond pas</translation>
        </message>
        <message>
            <source>Try again later.</source>
            <translation>Réessayez plus tard.</translation>
        </message>
        <message>
            <source>Joining…</source>
            <translation>Adhésion en cours…</translation>
        </message>
        <message>
            <source>Welcome! The first tasks are on their way.</source>
            <translation>Bienvenue ! Les premières tâches arrivent.</translation>
        </message>
        <message>
            <source>Open an invitation to a project, and this computer helps it whenever you are away.</source>
            <translation>Ouvrez une invitation à un projet, et cet ordinateur l’aidera chaque fois que vous serez absent.</translation>
        </message>
        <message>
            <source>Choose a project, and this computer helps it whenever you are away.</source>
            <translation>Choisissez un projet, et cet ordinateur l’aidera chaque fois que vous serez absent.</translation>
        </message>
        <message>
            <source>The agent is too old to join from here. Update the package hearth-agent.</source>
            <translation>L’agent est trop ancien pour rejoindre un projet d’ici. Mettez à jour le paquet hearth-agent.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::HowMuchPage</name>
        <message>
            <source>&amp;All settings as out of the box</source>
            <translation>&amp;Tous les réglages d’origine</translation>
        </message>
        <message>
            <source>While I use the computer</source>
            <translation>Quand j’utilise l’ordinateur</translation>
        </message>
        <message>
            <source>While I am away</source>
            <translation>Quand je suis absent</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>Processeurs</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Mémoire</translation>
        </message>
        <message>
            <source>With 0 % of the processors, tasks sleep while you are here.</source>
            <translation>Avec 0 % des processeurs, les tâches dorment quand vous êtes là.</translation>
        </message>
        <message>
            <source>I count as away after</source>
            <translation>Je suis absent après</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Disque</translation>
        </message>
        <message>
            <source>For tasks, at most</source>
            <translation>Pour les tâches, au plus</translation>
        </message>
        <message>
            <source>Stays free in any case</source>
            <translation>Reste libre en tout cas</translation>
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
            <translation>Vues</translation>
        </message>
        <message>
            <source>&amp;Now</source>
            <translation>&amp;Maintenant</translation>
        </message>
        <message>
            <source>&amp;This computer</source>
            <translation>&amp;Cet ordinateur</translation>
        </message>
        <message>
            <source>&amp;Contribution</source>
            <translation>Contri&amp;bution</translation>
        </message>
        <message>
            <source>&amp;Settings</source>
            <translation>Ré&amp;glages</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>Ann&amp;uler</translation>
        </message>
        <message>
            <source>Close this message</source>
            <translation>Fermer ce message</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::MessagesView</name>
        <message>
            <source>What this computer sent and received</source>
            <translation>Ce que cet ordinateur a envoyé et reçu</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>&amp;Retour</translation>
        </message>
        <message>
            <source>Messages, newest first</source>
            <translation>Messages, les plus récents d’abord</translation>
        </message>
        <message>
            <source>The message as it was</source>
            <translation>Le message tel quel</translation>
        </message>
        <message>
            <source>Asking the agent…</source>
            <translation>Question à l’agent…</translation>
        </message>
        <message>
            <source>%1  sent to %2  %3</source>
            <translation>%1  envoyé à %2  %3</translation>
        </message>
        <message>
            <source>%1  received from %2  %3</source>
            <translation>%1  reçu de %2  %3</translation>
        </message>
        <message>
            <source>Nothing was sent since the agent started.</source>
            <translation>Rien n’a été envoyé depuis le démarrage de l’agent.</translation>
        </message>
        <message>
            <source>Set out in lines, and otherwise as they were, letter by letter.</source>
            <translation>Mis en lignes, et pour le reste tels quels, lettre par lettre.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Notices</name>
        <message>
            <source>Work is finished</source>
            <translation>Le travail est terminé</translation>
        </message>
        <message>
            <source>Nothing runs until you choose Run.</source>
            <translation>Rien ne tourne avant que vous choisissiez « Exécuter ».</translation>
        </message>
        <message>
            <source>Your first task was certified</source>
            <translation>Votre première tâche a été certifiée</translation>
        </message>
        <message>
            <source>What this computer computed is right, and counts.</source>
            <translation>Ce que cet ordinateur a calculé est juste, et compte.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::NowView</name>
        <message>
            <source>Tasks on this computer</source>
            <translation>Tâches sur cet ordinateur</translation>
        </message>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Exécuter</translation>
        </message>
        <message>
            <source>&amp;Pause</source>
            <translation>Sus&amp;pendre</translation>
        </message>
        <message>
            <source>&amp;Finish current work</source>
            <translation>&amp;Finir le travail en cours</translation>
        </message>
        <message>
            <source>No tasks are on this computer now.</source>
            <translation>Aucune tâche n’est sur cet ordinateur en ce moment.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::PauseMenu</name>
        <message>
            <source>&amp;Pause</source>
            <translation>Sus&amp;pendre</translation>
        </message>
        <message>
            <source>For &amp;15 minutes</source>
            <translation>Pendant &amp;15 minutes</translation>
        </message>
        <message>
            <source>For an &amp;hour</source>
            <translation>Pendant une &amp;heure</translation>
        </message>
        <message>
            <source>Until I &amp;resume</source>
            <translation>Jusqu’à ce que je &amp;reprenne</translation>
        </message>
        <message>
            <source>Until &amp;tomorrow (%1)</source>
            <translation>Jusqu’à &amp;demain (%1)</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::PreferenceWords</name>
        <message>
            <source>You count as away after</source>
            <translation>Vous êtes absent après</translation>
        </message>
        <message>
            <source>Processors while you are away</source>
            <translation>Processeurs en votre absence</translation>
        </message>
        <message>
            <source>Memory while you are away</source>
            <translation>Mémoire en votre absence</translation>
        </message>
        <message>
            <source>Processors while you use the computer</source>
            <translation>Processeurs pendant que vous utilisez l’ordinateur</translation>
        </message>
        <message>
            <source>Memory while you use the computer</source>
            <translation>Mémoire pendant que vous utilisez l’ordinateur</translation>
        </message>
        <message>
            <source>Hours for tasks</source>
            <translation>Heures pour les tâches</translation>
        </message>
        <message>
            <source>Hours for the network</source>
            <translation>Heures pour le réseau</translation>
        </message>
        <message>
            <source>Networks that cost by volume</source>
            <translation>Réseaux facturés au volume</translation>
        </message>
        <message>
            <source>Disk for tasks</source>
            <translation>Disque pour les tâches</translation>
        </message>
        <message>
            <source>Disk that stays free</source>
            <translation>Disque qui reste libre</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Sur batterie</translation>
        </message>
        <message>
            <source>Too hot from</source>
            <translation>Trop chaud à partir de</translation>
        </message>
        <message>
            <source>Cool enough from</source>
            <translation>Assez froid à partir de</translation>
        </message>
        <message>
            <source>Pause when other programs need</source>
            <translation>Suspendre quand d’autres programmes demandent</translation>
        </message>
        <message>
            <source>Go on when other programs need</source>
            <translation>Reprendre quand d’autres programmes demandent</translation>
        </message>
        <message>
            <source>Pause when programs wait for memory</source>
            <translation>Suspendre quand des programmes attendent la mémoire</translation>
        </message>
        <message>
            <source>Go on when programs wait for memory</source>
            <translation>Reprendre quand des programmes attendent la mémoire</translation>
        </message>
        <message>
            <source>While a program fills the screen</source>
            <translation>Quand un programme remplit l’écran</translation>
        </message>
        <message>
            <source>Programs that make it pause</source>
            <translation>Programmes qui suspendent les tâches</translation>
        </message>
        <message>
            <source>Work to hold ahead</source>
            <translation>Travail gardé d’avance</translation>
        </message>
        <message>
            <source>always</source>
            <translation>toujours</translation>
        </message>
        <message numerus="yes">
            <source>%n hour(s) a week</source>
            <translation>
                <numerusform>%n heure par semaine</numerusform>
                <numerusform>%n heures par semaine</numerusform>
            </translation>
        </message>
        <message>
            <source>tasks go on</source>
            <translation>les tâches continuent</translation>
        </message>
        <message>
            <source>tasks wait</source>
            <translation>les tâches attendent</translation>
        </message>
        <message>
            <source>Share of %1</source>
            <translation>Part de %1</translation>
        </message>
        <message>
            <source>used</source>
            <translation>utilisés</translation>
        </message>
        <message>
            <source>not used</source>
            <translation>non utilisés</translation>
        </message>
        <message>
            <source>tasks run from %1 % of charge on</source>
            <translation>les tâches tournent à partir de %1 % de charge</translation>
        </message>
        <message>
            <source>none</source>
            <translation>aucun</translation>
        </message>
        <message>
            <source>what is free</source>
            <translation>ce qui est libre</translation>
        </message>
        <message>
            <source>never</source>
            <translation>jamais</translation>
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
            <translation>%1 : maintenant %2 (avant : %3).</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ProjectsPage</name>
        <message>
            <source>Projects</source>
            <translation>Projets</translation>
        </message>
        <message>
            <source>&amp;Join another project…</source>
            <translation>Re&amp;joindre un autre projet…</translation>
        </message>
        <message>
            <source>Network</source>
            <translation>Réseau</translation>
        </message>
        <message>
            <source>Use networks that &amp;cost by volume</source>
            <translation>Utiliser les réseaux facturés au &amp;volume</translation>
        </message>
        <message>
            <source>Work to hold ahead</source>
            <translation>Travail gardé d’avance</translation>
        </message>
        <message>
            <source>Hours in which the network may be used</source>
            <translation>Heures où le réseau peut servir</translation>
        </message>
        <message>
            <source>This window</source>
            <translation>Cette fenêtre</translation>
        </message>
        <message>
            <source>Show the icon when I &amp;log in</source>
            <translation>Afficher l’icône à l’ou&amp;verture de session</translation>
        </message>
        <message>
            <source>Notifications: now on (before: off).</source>
            <translation>Notifications : maintenant actives (avant : inactives).</translation>
        </message>
        <message>
            <source>Notifications: now off (before: on).</source>
            <translation>Notifications : maintenant inactives (avant : actives).</translation>
        </message>
        <message>
            <source>The icon is shown when you log in.</source>
            <translation>L’icône s’affiche à l’ouverture de session.</translation>
        </message>
        <message>
            <source>The icon is no longer shown when you log in. Tasks run as before.</source>
            <translation>L’icône ne s’affiche plus à l’ouverture de session. Les tâches tournent comme avant.</translation>
        </message>
        <message>
            <source>Your settings folder cannot be written to. Check its disk and its rights.</source>
            <translation>Impossible d’écrire dans votre dossier de réglages. Vérifiez le disque et les droits.</translation>
        </message>
        <message>
            <source>None yet.</source>
            <translation>Aucun pour l’instant.</translation>
        </message>
        <message>
            <source>Run tasks of %1</source>
            <translation>Exécuter les tâches de %1</translation>
        </message>
        <message>
            <source>Share of %1</source>
            <translation>Part de %1</translation>
        </message>
        <message>
            <source>Parts of the machine: a project with 200 gets twice the time of one with 100.</source>
            <translation>Parts de la machine : un projet à 200 reçoit deux fois le temps d’un projet à 100.</translation>
        </message>
        <message>
            <source>Leave…</source>
            <translation>Quitter…</translation>
        </message>
        <message>
            <source>Leave %1</source>
            <translation>Quitter %1</translation>
        </message>
        <message>
            <source>Share</source>
            <translation>Part</translation>
        </message>
        <message>
            <source>Leave %1?</source>
            <translation>Quitter %1 ?</translation>
        </message>
        <message>
            <source>Its tasks on this computer are dropped, and its results so far stay counted. You need an invitation to come back.</source>
            <translation>Ses tâches sur cet ordinateur sont abandonnées, et les résultats obtenus restent comptés. Il faudra une invitation pour revenir.</translation>
        </message>
        <message>
            <source>&amp;Leave</source>
            <translation>&amp;Quitter</translation>
        </message>
        <message>
            <source>&amp;Stay</source>
            <translation>&amp;Rester</translation>
        </message>
        <message>
            <source>Show &amp;notifications</source>
            <translation>Afficher des &amp;notifications</translation>
        </message>
        <message>
            <source>Of trouble, of finished work, and of my first certified task; of nothing else.</source>
            <translation>En cas de problème, de travail fini et pour ma première tâche certifiée ; rien d’autre.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::SettingsView</name>
        <message>
            <source>Groups of settings</source>
            <translation>Groupes de réglages</translation>
        </message>
        <message>
            <source>How &amp;much</source>
            <translation>Com&amp;bien</translation>
        </message>
        <message>
            <source>W&amp;hen</source>
            <translation>Q&amp;uand</translation>
        </message>
        <message>
            <source>Pro&amp;jects and network</source>
            <translation>Pro&amp;jets et réseau</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::StatusLine</name>
        <message>
            <source>The agent is not running</source>
            <translation>L’agent ne fonctionne pas</translation>
        </message>
        <message>
            <source>Hearth's work is done by a service of its own, and nothing answers in its name.</source>
            <translation>Le travail est fait par un service à part, et rien ne répond en son nom.</translation>
        </message>
        <message>
            <source>Install the package hearth-agent, or start it: sudo systemctl start hearth-agent. This window connects by itself as soon as it runs.</source>
            <translation>Installez le paquet hearth-agent, ou démarrez-le : sudo systemctl start hearth-agent. Cette fenêtre se connecte d’elle-même dès qu’il fonctionne.</translation>
        </message>
        <message>
            <source>You may not control the agent of this computer</source>
            <translation>Vous ne pouvez pas commander l’agent de cet ordinateur</translation>
        </message>
        <message>
            <source>The agent is too old for this window</source>
            <translation>L’agent est trop ancien pour cette fenêtre</translation>
        </message>
        <message>
            <source>Update the package hearth-agent. Tasks go on meanwhile.</source>
            <translation>Mettez à jour le paquet hearth-agent. Les tâches continuent entre-temps.</translation>
        </message>
        <message>
            <source>This window is too old for the agent</source>
            <translation>Cette fenêtre est trop ancienne pour l’agent</translation>
        </message>
        <message>
            <source>Update the package hearth-tray and start it again. Tasks go on meanwhile.</source>
            <translation>Mettez à jour le paquet hearth-tray et relancez-le. Les tâches continuent entre-temps.</translation>
        </message>
        <message>
            <source>The agent cannot be understood</source>
            <translation>L’agent est incompréhensible</translation>
        </message>
        <message>
            <source>Something answers in its place that does not speak as an agent does.</source>
            <translation>Quelque chose répond à sa place sans parler comme un agent.</translation>
        </message>
        <message>
            <source>Restart it: sudo systemctl restart hearth-agent.</source>
            <translation>Redémarrez-le : sudo systemctl restart hearth-agent.</translation>
        </message>
        <message>
            <source>Looking for the agent</source>
            <translation>Recherche de l’agent</translation>
        </message>
        <message>
            <source>Goes on %1.</source>
            <translation>Reprise %1.</translation>
        </message>
        <message>
            <source>Goes on: %1.</source>
            <translation>Reprise : %1.</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>En attente</translation>
        </message>
        <message>
            <source>Tasks sleep while you use the computer, and go on when you are away.</source>
            <translation>Les tâches dorment quand vous utilisez l’ordinateur, et reprennent en votre absence.</translation>
        </message>
        <message>
            <source>Also: %1.</source>
            <translation>Aussi : %1.</translation>
        </message>
        <message>
            <source>Getting work ready</source>
            <translation>Préparation du travail</translation>
        </message>
        <message numerus="yes">
            <source>Running %n task(s)</source>
            <translation>
                <numerusform>Une tâche tourne</numerusform>
                <numerusform>%n tâches tournent</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 for %2</source>
            <translation>%1 pour %2</translation>
        </message>
        <message>
            <source>The project's server is not reached</source>
            <translation>Le serveur du projet est injoignable</translation>
        </message>
        <message>
            <source>It is tried again by itself. If nothing else on the network works either, look there first.</source>
            <translation>Un nouvel essai se fait tout seul. Si rien d’autre ne marche sur le réseau, regardez d’abord là.</translation>
        </message>
        <message>
            <source>No work at the moment</source>
            <translation>Pas de travail pour le moment</translation>
        </message>
        <message>
            <source>New work is asked for by itself.</source>
            <translation>Du travail est demandé automatiquement.</translation>
        </message>
        <message>
            <source>Paused by you %1</source>
            <translation>Suspendu par vous %1</translation>
        </message>
        <message>
            <source>Paused by you until you resume</source>
            <translation>Suspendu par vous jusqu’à ce que vous repreniez</translation>
        </message>
        <message>
            <source>Tasks keep their place, and go on where they were.</source>
            <translation>Les tâches gardent leur place et reprennent où elles étaient.</translation>
        </message>
        <message numerus="yes">
            <source>Finishing %n task(s), then stopping</source>
            <translation>
                <numerusform>Une tâche se finit, puis arrêt</numerusform>
                <numerusform>%n tâches se finissent, puis arrêt</numerusform>
            </translation>
        </message>
        <message>
            <source>No new work is taken until you choose Run.</source>
            <translation>Aucun nouveau travail n’est pris avant que vous choisissiez « Exécuter ».</translation>
        </message>
        <message>
            <source>Finished: nothing runs until you choose Run</source>
            <translation>Terminé : rien ne tourne avant « Exécuter »</translation>
        </message>
        <message>
            <source>Not part of a project yet</source>
            <translation>Pas encore membre d’un projet</translation>
        </message>
        <message>
            <source>Open the window to choose one.</source>
            <translation>Ouvrez la fenêtre pour en choisir un.</translation>
        </message>
        <message>
            <source>Cannot work</source>
            <translation>Ne peut pas travailler</translation>
        </message>
        <message>
            <source>The agent is ending</source>
            <translation>L’agent se termine</translation>
        </message>
        <message>
            <source>Starting</source>
            <translation>Démarrage</translation>
        </message>
        <message>
            <source>Running</source>
            <translation>En cours</translation>
        </message>
        <message>
            <source>Finishing</source>
            <translation>Finit</translation>
        </message>
        <message>
            <source>Paused by you</source>
            <translation>Suspendu par vous</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Sur batterie</translation>
        </message>
        <message>
            <source>No work</source>
            <translation>Pas de travail</translation>
        </message>
        <message>
            <source>Trouble</source>
            <translation>Problème</translation>
        </message>
        <message>
            <source>Waiting until you are away</source>
            <translation>Attend que vous soyez absent</translation>
        </message>
        <message>
            <source>Waiting: the computer runs on battery</source>
            <translation>En attente : l’ordinateur est sur batterie</translation>
        </message>
        <message>
            <source>Waiting for the hours that you chose</source>
            <translation>Attend les heures que vous avez choisies</translation>
        </message>
        <message>
            <source>Waiting: the computer is too hot</source>
            <translation>En attente : l’ordinateur est trop chaud</translation>
        </message>
        <message>
            <source>Waiting: a program fills the screen</source>
            <translation>En attente : un programme remplit l’écran</translation>
        </message>
        <message>
            <source>Waiting: a game runs</source>
            <translation>En attente : un jeu est en cours</translation>
        </message>
        <message>
            <source>Waiting: a program runs that you named</source>
            <translation>En attente : un programme que vous avez nommé tourne</translation>
        </message>
        <message>
            <source>Waiting: other programs need the processor</source>
            <translation>En attente : d’autres programmes ont besoin du processeur</translation>
        </message>
        <message>
            <source>Waiting: other programs need the memory</source>
            <translation>En attente : d’autres programmes ont besoin de la mémoire</translation>
        </message>
        <message>
            <source>Waiting: this network costs by volume</source>
            <translation>En attente : ce réseau est facturé au volume</translation>
        </message>
        <message>
            <source>Waiting for the network's hours</source>
            <translation>Attend les heures du réseau</translation>
        </message>
        <message>
            <source>Waiting: too little disk is free</source>
            <translation>En attente : trop peu de disque est libre</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TaskDelegate</name>
        <message>
            <source>Waiting its turn</source>
            <translation>Attend son tour</translation>
        </message>
        <message>
            <source>Fetching its files</source>
            <translation>Récupère ses fichiers</translation>
        </message>
        <message>
            <source>Ready to run</source>
            <translation>Prête</translation>
        </message>
        <message>
            <source>Gathering its results</source>
            <translation>Rassemble ses résultats</translation>
        </message>
        <message>
            <source>Sending its results</source>
            <translation>Envoie ses résultats</translation>
        </message>
        <message>
            <source>Done; the project looks at it</source>
            <translation>Finie ; le projet la vérifie</translation>
        </message>
        <message>
            <source>Asleep</source>
            <translation>Endormie</translation>
        </message>
        <message>
            <source>%1 left</source>
            <translation>encore %1</translation>
        </message>
        <message>
            <source>Running</source>
            <translation>En cours</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TaskModel</name>
        <message>
            <source>Batch %1</source>
            <translation>Lot %1</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TrayIcon</name>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Exécuter</translation>
        </message>
        <message>
            <source>&amp;Finish current work</source>
            <translation>&amp;Finir le travail en cours</translation>
        </message>
        <message>
            <source>&amp;Open</source>
            <translation>&amp;Ouvrir</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>&amp;Quitter</translation>
        </message>
        <message>
            <source>&amp;Close this icon; tasks go on</source>
            <translation>&amp;Fermer cette icône ; les tâches continuent</translation>
        </message>
        <message>
            <source>&amp;Stop all tasks and end the agent</source>
            <translation>&amp;Arrêter toutes les tâches et l’agent</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WeekEditor</name>
        <message>
            <source>Any time</source>
            <translation>À toute heure</translation>
        </message>
        <message>
            <source>%1: any time</source>
            <translation>%1 : à toute heure</translation>
        </message>
        <message>
            <source>One hour at least stays open. To stop altogether, choose Pause.</source>
            <translation>Une heure au moins reste ouverte. Pour tout arrêter, choisissez « Suspendre ».</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WeekGrid</name>
        <message>
            <source>%1, %2 to %3</source>
            <translation>%1, de %2 à %3</translation>
        </message>
        <message>
            <source>%1: yes</source>
            <translation>%1 : oui</translation>
        </message>
        <message>
            <source>%1: no</source>
            <translation>%1 : non</translation>
        </message>
        <message>
            <source>%1: in part</source>
            <translation>%1 : en partie</translation>
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
            <translation>Heures où les tâches peuvent tourner</translation>
        </message>
        <message>
            <source>Paint with the mouse, or with the arrow keys and the space bar.</source>
            <translation>Peignez avec la souris, ou avec les flèches et la barre d’espace.</translation>
        </message>
        <message>
            <source>What comes first</source>
            <translation>Ce qui passe d’abord</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Sur batterie</translation>
        </message>
        <message>
            <source>Tasks wait while a game runs or a program &amp;fills the screen</source>
            <translation>Les tâches attendent pendant un jeu ou quand un programme &amp;remplit l’écran</translation>
        </message>
        <message>
            <source>Tasks wait when other programs need</source>
            <translation>Les tâches attendent quand d’autres programmes demandent</translation>
        </message>
        <message>
            <source>Heat and noise</source>
            <translation>Chaleur et bruit</translation>
        </message>
        <message>
            <source>Tasks stop at</source>
            <translation>Les tâches s’arrêtent à</translation>
        </message>
        <message>
            <source>and go on at</source>
            <translation>et reprennent à</translation>
        </message>
        <message>
            <source>Programs that make tasks wait</source>
            <translation>Programmes qui font attendre les tâches</translation>
        </message>
        <message>
            <source>Name of a program, such as obs</source>
            <translation>Nom d’un programme, par exemple obs</translation>
        </message>
        <message>
            <source>Name of a program</source>
            <translation>Nom d’un programme</translation>
        </message>
        <message>
            <source>&amp;Add</source>
            <translation>&amp;Ajouter</translation>
        </message>
        <message>
            <source>Re&amp;move</source>
            <translation>&amp;Enlever</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Wording</name>
        <message>
            <source>at %1</source>
            <translation>à %1</translation>
        </message>
        <message>
            <source>tomorrow at %1</source>
            <translation>demain à %1</translation>
        </message>
        <message>
            <source>on %1 at %2</source>
            <translation>%1 à %2</translation>
        </message>
        <message>
            <source>until %1</source>
            <translation>jusqu’à %1</translation>
        </message>
        <message>
            <source>until tomorrow, %1</source>
            <translation>jusqu’à demain, %1</translation>
        </message>
        <message>
            <source>until %1, %2</source>
            <translation>jusqu’à %1, %2</translation>
        </message>
        <message>
            <source>a minute</source>
            <translation>une minute</translation>
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
                <numerusform>%n jour</numerusform>
                <numerusform>%n jours</numerusform>
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
            <translation>Montre et commande l’agent Hearth de cet ordinateur.</translation>
        </message>
        <message>
            <source>The agent's control socket.</source>
            <translation>Le socket de commande de l’agent.</translation>
        </message>
        <message>
            <source>Start with the icon only.</source>
            <translation>Démarrer avec l’icône seule.</translation>
        </message>
        <message>
            <source>A hearth://join link, or a file that holds one.</source>
            <translation>Un lien hearth://join, ou un fichier qui en contient un.</translation>
        </message>
        <message>
            <source>Your settings of this window could not be read. They are kept as %1, and it starts afresh.</source>
            <translation>Vos réglages de cette fenêtre étaient illisibles. Ils sont gardés dans %1, et elle repart à neuf.</translation>
        </message>
        <message>
            <source>Hearth</source>
            <translation>Hearth</translation>
        </message>
        <message>
            <source>hearth-tray runs already and does not answer. End it and start it again.</source>
            <translation>hearth-tray tourne déjà et ne répond pas. Terminez-le et relancez-le.</translation>
        </message>
    </context>
</TS>
