<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>hearth::gui::AgentDesk</name>
        <message>
            <source>The agent was started again.</source>
            <translation>Der Agent wurde neu gestartet.</translation>
        </message>
        <message>
            <source>The agent was updated from %1 to %2.</source>
            <translation>Der Agent wurde von %1 auf %2 aktualisiert.</translation>
        </message>
        <message>
            <source>This computer has left %1.</source>
            <translation>Dieser Computer hat %1 verlassen.</translation>
        </message>
        <message>
            <source>All settings are as they were out of the box.</source>
            <translation>Alle Einstellungen sind wie am ersten Tag.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::AgentLink</name>
        <message>
            <source>The agent does not answer.</source>
            <translation>Der Agent antwortet nicht.</translation>
        </message>
        <message>
            <source>This window connects again by itself as soon as the agent runs.</source>
            <translation>Dieses Fenster verbindet sich von selbst, sobald der Agent läuft.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Badge</name>
        <message>
            <source>First fire</source>
            <translation>Erstes Feuer</translation>
        </message>
        <message>
            <source>One task was certified</source>
            <translation>Eine Aufgabe wurde bestätigt</translation>
        </message>
        <message>
            <source>Hundred</source>
            <translation>Hundert</translation>
        </message>
        <message>
            <source>100 tasks were certified</source>
            <translation>100 Aufgaben wurden bestätigt</translation>
        </message>
        <message>
            <source>Thousand</source>
            <translation>Tausend</translation>
        </message>
        <message>
            <source>1000 tasks were certified</source>
            <translation>1000 Aufgaben wurden bestätigt</translation>
        </message>
        <message>
            <source>A day's work</source>
            <translation>Ein Tagewerk</translation>
        </message>
        <message>
            <source>24 hours of one processor</source>
            <translation>24 Stunden eines Prozessors</translation>
        </message>
        <message>
            <source>A year's work</source>
            <translation>Ein Jahreswerk</translation>
        </message>
        <message>
            <source>365 days of one processor</source>
            <translation>365 Tage eines Prozessors</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ComputerView</name>
        <message>
            <source>Each task is locked in, and held to its limits by the kernel.</source>
            <translation>Jede Aufgabe ist eingeschlossen, und der Kernel hält sie in ihren Grenzen.</translation>
        </message>
        <message>
            <source>Each task is locked in; its limits are watched by the agent.</source>
            <translation>Jede Aufgabe ist eingeschlossen; der Agent überwacht ihre Grenzen.</translation>
        </message>
        <message>
            <source>Each task is an ordinary process with limits.</source>
            <translation>Jede Aufgabe ist ein gewöhnlicher Prozess mit Grenzen.</translation>
        </message>
        <message>
            <source>Tasks cannot be locked in on this computer, so none run.</source>
            <translation>Auf diesem Computer lassen sich Aufgaben nicht einschließen, darum laufen keine.</translation>
        </message>
        <message>
            <source>What tasks may use now</source>
            <translation>Was Aufgaben jetzt nutzen dürfen</translation>
        </message>
        <message>
            <source>Computer</source>
            <translation>Computer</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>Prozessoren</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Arbeitsspeicher</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Festplatte</translation>
        </message>
        <message>
            <source>Temperature</source>
            <translation>Temperatur</translation>
        </message>
        <message>
            <source>Program</source>
            <translation>Programm</translation>
        </message>
        <message>
            <source>What tasks may not do</source>
            <translation>Was Aufgaben nicht dürfen</translation>
        </message>
        <message>
            <source>What this computer tells the project</source>
            <translation>Was dieser Computer dem Projekt mitteilt</translation>
        </message>
        <message>
            <source>No name of yours, no file of yours. See for yourself: the last messages, letter by letter.</source>
            <translation>Nicht Ihren Namen, keine Ihrer Dateien. Sehen Sie selbst: die letzten Nachrichten, Zeichen für Zeichen.</translation>
        </message>
        <message>
            <source>&amp;Show what we send</source>
            <translation>Zeigen, was wir &amp;senden</translation>
        </message>
        <message>
            <source>The agent is too old to show its messages. Update the package hearth-agent.</source>
            <translation>Der Agent ist zu alt, um seine Nachrichten zu zeigen. Aktualisieren Sie das Paket hearth-agent.</translation>
        </message>
        <message>
            <source>%1 (%2)</source>
            <translation>%1 (%2)</translation>
        </message>
        <message>
            <source>unknown</source>
            <translation>unbekannt</translation>
        </message>
        <message>
            <source>%1 of %2</source>
            <translation>%1 von %2</translation>
        </message>
        <message>
            <source>%1 of %2; kept for later tasks: %3</source>
            <translation>%1 von %2; für spätere Aufgaben aufbewahrt: %3</translation>
        </message>
        <message>
            <source>%1 °C</source>
            <translation>%1 °C</translation>
        </message>
        <message>
            <source>not measured</source>
            <translation>nicht gemessen</translation>
        </message>
        <message>
            <source>agent %1, window %2</source>
            <translation>Agent %1, Fenster %2</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ContributionView</name>
        <message>
            <source>What your results were used for</source>
            <translation>Wozu Ihre Ergebnisse dienten</translation>
        </message>
        <message>
            <source>tasks</source>
            <translation>Aufgaben</translation>
        </message>
        <message>
            <source>hours of a processor</source>
            <translation>Prozessorstunden</translation>
        </message>
        <message>
            <source>credit</source>
            <translation>Punkte</translation>
        </message>
        <message>
            <source>energy in 30 days, estimated</source>
            <translation>Energie in 30 Tagen, geschätzt</translation>
        </message>
        <message>
            <source>Tasks a day, the last 30 days</source>
            <translation>Aufgaben am Tag, die letzten 30 Tage</translation>
        </message>
        <message>
            <source>The agent is too old to remember its days. Update the package hearth-agent.</source>
            <translation>Der Agent ist zu alt, um sich seine Tage zu merken. Aktualisieren Sie das Paket hearth-agent.</translation>
        </message>
        <message>
            <source>%1 to %2</source>
            <translation>%1 bis %2</translation>
        </message>
        <message>
            <source>–</source>
            <translation>–</translation>
        </message>
        <message>
            <source>Still to come: %1</source>
            <translation>Kommt noch: %1</translation>
        </message>
        <message>
            <source>%1 (to come)</source>
            <translation>%1 (kommt noch)</translation>
        </message>
        <message>
            <source>Your projects have not said so yet.</source>
            <translation>Ihre Projekte haben es noch nicht gesagt.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::DailyChart</name>
        <message>
            <source>Tasks</source>
            <translation>Aufgaben</translation>
        </message>
        <message>
            <source>Tasks a day over the last 30 days</source>
            <translation>Aufgaben am Tag über die letzten 30 Tage</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::FirstRunView</name>
        <message>
            <source>Give this computer's idle time to science</source>
            <translation>Schenken Sie der Wissenschaft die freie Zeit dieses Computers</translation>
        </message>
        <message>
            <source>You have an invitation? Click its link, drop it here, or:</source>
            <translation>Sie haben eine Einladung? Klicken Sie auf ihren Link, ziehen Sie sie hierher, oder:</translation>
        </message>
        <message>
            <source>Use the &amp;link that I copied</source>
            <translation>Den kopierten &amp;Link nehmen</translation>
        </message>
        <message>
            <source>&amp;Open an invitation file…</source>
            <translation>Einladung aus einer Datei ö&amp;ffnen …</translation>
        </message>
        <message>
            <source>&amp;Not now</source>
            <translation>&amp;Nicht jetzt</translation>
        </message>
        <message>
            <source>If you join</source>
            <translation>Wenn Sie beitreten</translation>
        </message>
        <message>
            <source>Its tasks use this computer while you are away. They sleep within a second when you come back.</source>
            <translation>Die Aufgaben nutzen diesen Computer, während Sie weg sind. Kommen Sie zurück, schlafen sie in einer Sekunde ein.</translation>
        </message>
        <message>
            <source>A task sees a folder of its own and none of your files, and has no network.</source>
            <translation>Eine Aufgabe sieht einen eigenen Ordner und keine Ihrer Dateien, und sie hat kein Netz.</translation>
        </message>
        <message>
            <source>The project learns what kind of computer this is and what its tasks returned. Not your name.</source>
            <translation>Das Projekt erfährt, was für ein Computer dies ist und was seine Aufgaben ergaben. Nicht Ihren Namen.</translation>
        </message>
        <message>
            <source>It uses some electricity. Settings say when and how much; you can pause or leave at any time.</source>
            <translation>Es kostet etwas Strom. Die Einstellungen sagen, wann und wie viel; pausieren oder austreten können Sie jederzeit.</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>&amp;Zurück</translation>
        </message>
        <message>
            <source>&amp;Join</source>
            <translation>&amp;Beitreten</translation>
        </message>
        <message>
            <source>&amp;Close</source>
            <translation>&amp;Schließen</translation>
        </message>
        <message>
            <source>Choose</source>
            <translation>Auswählen</translation>
        </message>
        <message>
            <source>Choose %1</source>
            <translation>%1 auswählen</translation>
        </message>
        <message>
            <source>Open an invitation</source>
            <translation>Einladung öffnen</translation>
        </message>
        <message>
            <source>This is no invitation</source>
            <translation>Das ist keine Einladung</translation>
        </message>
        <message>
            <source>An invitation is a link that begins with hearth://join, or a file that holds one.</source>
            <translation>Eine Einladung ist ein Link, der mit hearth://join beginnt, oder eine Datei, in der einer steht.</translation>
        </message>
        <message>
            <source>Click the link on the project's page again, or ask whoever sent it.</source>
            <translation>Klicken Sie noch einmal auf den Link auf der Seite des Projekts, oder fragen Sie, wer ihn geschickt hat.</translation>
        </message>
        <message>
            <source>The agent is too old to join from here</source>
            <translation>Der Agent ist zu alt, um von hier aus beizutreten</translation>
        </message>
        <message>
            <source>The agent speaks an older language than this window.</source>
            <translation>Der Agent spricht eine ältere Sprache als dieses Fenster.</translation>
        </message>
        <message>
            <source>Update the package hearth-agent, then open the invitation again.</source>
            <translation>Aktualisieren Sie das Paket hearth-agent und öffnen Sie die Einladung dann noch einmal.</translation>
        </message>
        <message>
            <source>Looking at the invitation…</source>
            <translation>Die Einladung wird angesehen …</translation>
        </message>
        <message>
            <source>Join %1?</source>
            <translation>%1 beitreten?</translation>
        </message>
        <message>
            <source>Server %1, checked against the invitation.</source>
            <translation>Server %1, mit der Einladung verglichen.</translation>
        </message>
        <message>
            <source>&amp;Join %1</source>
            <translation>%1 &amp;beitreten</translation>
        </message>
        <message>
            <source>This is not the project's server</source>
            <translation>Das ist nicht der Server des Projekts</translation>
        </message>
        <message>
            <source>The server that answered does not have the certificate that your invitation names. Somebody may be standing between you and the project. Nothing was sent, and nothing was joined.</source>
            <translation>Der Server, der geantwortet hat, hat nicht das Zertifikat, das Ihre Einladung nennt. Vielleicht steht jemand zwischen Ihnen und dem Projekt. Nichts wurde gesendet, und es wurde nichts beigetreten.</translation>
        </message>
        <message>
            <source>Do not use this invitation on this network. Ask the project for a new one if it happens elsewhere, too.</source>
            <translation>Benutzen Sie diese Einladung nicht in diesem Netz. Geschieht es auch anderswo, bitten Sie das Projekt um eine neue.</translation>
        </message>
        <message>
            <source>This invitation is used up</source>
            <translation>Diese Einladung ist verbraucht</translation>
        </message>
        <message>
            <source>Ask the project for a new one.</source>
            <translation>Bitten Sie das Projekt um eine neue.</translation>
        </message>
        <message>
            <source>This invitation is damaged</source>
            <translation>Diese Einladung ist beschädigt</translation>
        </message>
        <message>
            <source>Click the link again where you found it; it may have been cut short.</source>
            <translation>Klicken Sie den Link dort, wo Sie ihn fanden, noch einmal an; vielleicht wurde er abgeschnitten.</translation>
        </message>
        <message>
            <source>The project does not answer</source>
            <translation>Das Projekt antwortet nicht</translation>
        </message>
        <message>
            <source>Try again later.</source>
            <translation>Versuchen Sie es später noch einmal.</translation>
        </message>
        <message>
            <source>Joining…</source>
            <translation>Beitritt läuft …</translation>
        </message>
        <message>
            <source>Welcome! The first tasks are on their way.</source>
            <translation>Willkommen! Die ersten Aufgaben sind unterwegs.</translation>
        </message>
        <message>
            <source>Open an invitation to a project, and this computer helps it whenever you are away.</source>
            <translation>Öffnen Sie die Einladung zu einem Projekt, und dieser Computer hilft ihm, wann immer Sie weg sind.</translation>
        </message>
        <message>
            <source>Choose a project, and this computer helps it whenever you are away.</source>
            <translation>Wählen Sie ein Projekt, und dieser Computer hilft ihm, wann immer Sie weg sind.</translation>
        </message>
        <message>
            <source>The agent is too old to join from here. Update the package hearth-agent.</source>
            <translation>Der Agent ist zu alt, um von hier aus beizutreten. Aktualisieren Sie das Paket hearth-agent.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::HowMuchPage</name>
        <message>
            <source>&amp;All settings as out of the box</source>
            <translation>&amp;Alle Einstellungen wie am ersten Tag</translation>
        </message>
        <message>
            <source>While I use the computer</source>
            <translation>Während ich den Computer benutze</translation>
        </message>
        <message>
            <source>While I am away</source>
            <translation>Während ich weg bin</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>Prozessoren</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Arbeitsspeicher</translation>
        </message>
        <message>
            <source>With 0 % of the processors, tasks sleep while you are here.</source>
            <translation>Bei 0 % der Prozessoren schlafen die Aufgaben, solange Sie da sind.</translation>
        </message>
        <message>
            <source>I count as away after</source>
            <translation>Ich gelte als weg nach</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Festplatte</translation>
        </message>
        <message>
            <source>For tasks, at most</source>
            <translation>Für Aufgaben höchstens</translation>
        </message>
        <message>
            <source>Stays free in any case</source>
            <translation>Bleibt in jedem Fall frei</translation>
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
            <translation>Ansichten</translation>
        </message>
        <message>
            <source>&amp;Now</source>
            <translation>&amp;Jetzt</translation>
        </message>
        <message>
            <source>&amp;This computer</source>
            <translation>&amp;Dieser Computer</translation>
        </message>
        <message>
            <source>&amp;Contribution</source>
            <translation>&amp;Beitrag</translation>
        </message>
        <message>
            <source>&amp;Settings</source>
            <translation>&amp;Einstellungen</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>&amp;Rückgängig</translation>
        </message>
        <message>
            <source>Close this message</source>
            <translation>Diese Meldung schließen</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::MessagesView</name>
        <message>
            <source>What this computer sent and received</source>
            <translation>Was dieser Computer gesendet und empfangen hat</translation>
        </message>
        <message>
            <source>&amp;Back</source>
            <translation>&amp;Zurück</translation>
        </message>
        <message>
            <source>Messages, newest first</source>
            <translation>Nachrichten, neueste zuerst</translation>
        </message>
        <message>
            <source>The message as it was</source>
            <translation>Die Nachricht, wie sie war</translation>
        </message>
        <message>
            <source>Asking the agent…</source>
            <translation>Der Agent wird gefragt …</translation>
        </message>
        <message>
            <source>%1  sent to %2  %3</source>
            <translation>%1  gesendet an %2  %3</translation>
        </message>
        <message>
            <source>%1  received from %2  %3</source>
            <translation>%1  empfangen von %2  %3</translation>
        </message>
        <message>
            <source>Nothing was sent since the agent started.</source>
            <translation>Seit der Agent läuft, wurde nichts gesendet.</translation>
        </message>
        <message>
            <source>Set out in lines, and otherwise as they were, letter by letter.</source>
            <translation>In Zeilen gesetzt, sonst wie sie waren, Zeichen für Zeichen.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Notices</name>
        <message>
            <source>Work is finished</source>
            <translation>Die Arbeit ist beendet</translation>
        </message>
        <message>
            <source>Nothing runs until you choose Run.</source>
            <translation>Nichts läuft, bis Sie „Ausführen“ wählen.</translation>
        </message>
        <message>
            <source>Your first task was certified</source>
            <translation>Ihre erste Aufgabe wurde bestätigt</translation>
        </message>
        <message>
            <source>What this computer computed is right, and counts.</source>
            <translation>Was dieser Computer gerechnet hat, stimmt und zählt.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::NowView</name>
        <message>
            <source>Tasks on this computer</source>
            <translation>Aufgaben auf diesem Computer</translation>
        </message>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Ausführen</translation>
        </message>
        <message>
            <source>&amp;Pause</source>
            <translation>&amp;Pause</translation>
        </message>
        <message>
            <source>&amp;Finish current work</source>
            <translation>Laufendes &amp;fertigstellen</translation>
        </message>
        <message>
            <source>No tasks are on this computer now.</source>
            <translation>Gerade sind keine Aufgaben auf diesem Computer.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::PauseMenu</name>
        <message>
            <source>&amp;Pause</source>
            <translation>&amp;Pause</translation>
        </message>
        <message>
            <source>For &amp;15 minutes</source>
            <translation>&amp;15 Minuten</translation>
        </message>
        <message>
            <source>For an &amp;hour</source>
            <translation>Eine &amp;Stunde</translation>
        </message>
        <message>
            <source>Until I &amp;resume</source>
            <translation>Bis ich &amp;fortsetze</translation>
        </message>
        <message>
            <source>Until &amp;tomorrow (%1)</source>
            <translation>Bis &amp;morgen früh (%1)</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::PreferenceWords</name>
        <message>
            <source>You count as away after</source>
            <translation>Sie gelten als weg nach</translation>
        </message>
        <message>
            <source>Processors while you are away</source>
            <translation>Prozessoren, während Sie weg sind</translation>
        </message>
        <message>
            <source>Memory while you are away</source>
            <translation>Arbeitsspeicher, während Sie weg sind</translation>
        </message>
        <message>
            <source>Processors while you use the computer</source>
            <translation>Prozessoren, während Sie den Computer benutzen</translation>
        </message>
        <message>
            <source>Memory while you use the computer</source>
            <translation>Arbeitsspeicher, während Sie den Computer benutzen</translation>
        </message>
        <message>
            <source>Hours for tasks</source>
            <translation>Stunden für Aufgaben</translation>
        </message>
        <message>
            <source>Hours for the network</source>
            <translation>Stunden für das Netz</translation>
        </message>
        <message>
            <source>Networks that cost by volume</source>
            <translation>Netze, die nach Menge kosten</translation>
        </message>
        <message>
            <source>Disk for tasks</source>
            <translation>Festplatte für Aufgaben</translation>
        </message>
        <message>
            <source>Disk that stays free</source>
            <translation>Festplatte, die frei bleibt</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Auf Akku</translation>
        </message>
        <message>
            <source>Too hot from</source>
            <translation>Zu heiß ab</translation>
        </message>
        <message>
            <source>Cool enough from</source>
            <translation>Kühl genug ab</translation>
        </message>
        <message>
            <source>Pause when other programs need</source>
            <translation>Pause, wenn andere Programme brauchen</translation>
        </message>
        <message>
            <source>Go on when other programs need</source>
            <translation>Weiter, wenn andere Programme brauchen</translation>
        </message>
        <message>
            <source>Pause when programs wait for memory</source>
            <translation>Pause, wenn Programme auf Speicher warten</translation>
        </message>
        <message>
            <source>Go on when programs wait for memory</source>
            <translation>Weiter, wenn Programme auf Speicher warten</translation>
        </message>
        <message>
            <source>While a program fills the screen</source>
            <translation>Während ein Programm den Bildschirm füllt</translation>
        </message>
        <message>
            <source>Programs that make it pause</source>
            <translation>Programme, für die pausiert wird</translation>
        </message>
        <message>
            <source>Work to hold ahead</source>
            <translation>Arbeit auf Vorrat</translation>
        </message>
        <message>
            <source>always</source>
            <translation>immer</translation>
        </message>
        <message numerus="yes">
            <source>%n hour(s) a week</source>
            <translation>
                <numerusform>%n Stunde in der Woche</numerusform>
                <numerusform>%n Stunden in der Woche</numerusform>
            </translation>
        </message>
        <message>
            <source>tasks go on</source>
            <translation>Aufgaben laufen weiter</translation>
        </message>
        <message>
            <source>tasks wait</source>
            <translation>Aufgaben warten</translation>
        </message>
        <message>
            <source>Share of %1</source>
            <translation>Anteil von %1</translation>
        </message>
        <message>
            <source>used</source>
            <translation>werden benutzt</translation>
        </message>
        <message>
            <source>not used</source>
            <translation>werden nicht benutzt</translation>
        </message>
        <message>
            <source>tasks run from %1 % of charge on</source>
            <translation>Aufgaben laufen ab %1 % Ladung</translation>
        </message>
        <message>
            <source>none</source>
            <translation>keine</translation>
        </message>
        <message>
            <source>what is free</source>
            <translation>was frei ist</translation>
        </message>
        <message>
            <source>never</source>
            <translation>nie</translation>
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
            <translation>%1: jetzt %2 (vorher: %3).</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::ProjectsPage</name>
        <message>
            <source>Projects</source>
            <translation>Projekte</translation>
        </message>
        <message>
            <source>&amp;Join another project…</source>
            <translation>Einem weiteren Projekt &amp;beitreten …</translation>
        </message>
        <message>
            <source>Network</source>
            <translation>Netz</translation>
        </message>
        <message>
            <source>Use networks that &amp;cost by volume</source>
            <translation>Netze benutzen, die nach Menge &amp;kosten</translation>
        </message>
        <message>
            <source>Work to hold ahead</source>
            <translation>Arbeit auf Vorrat</translation>
        </message>
        <message>
            <source>Hours in which the network may be used</source>
            <translation>Stunden, in denen das Netz benutzt werden darf</translation>
        </message>
        <message>
            <source>This window</source>
            <translation>Dieses Fenster</translation>
        </message>
        <message>
            <source>Show the icon when I &amp;log in</source>
            <translation>Das Symbol beim A&amp;nmelden zeigen</translation>
        </message>
        <message>
            <source>Notifications: now on (before: off).</source>
            <translation>Meldungen: jetzt an (vorher: aus).</translation>
        </message>
        <message>
            <source>Notifications: now off (before: on).</source>
            <translation>Meldungen: jetzt aus (vorher: an).</translation>
        </message>
        <message>
            <source>The icon is shown when you log in.</source>
            <translation>Das Symbol erscheint, wenn Sie sich anmelden.</translation>
        </message>
        <message>
            <source>The icon is no longer shown when you log in. Tasks run as before.</source>
            <translation>Das Symbol erscheint beim Anmelden nicht mehr. Aufgaben laufen wie bisher.</translation>
        </message>
        <message>
            <source>Your settings folder cannot be written to. Check its disk and its rights.</source>
            <translation>In Ihren Einstellungsordner kann nicht geschrieben werden. Prüfen Sie Festplatte und Rechte.</translation>
        </message>
        <message>
            <source>None yet.</source>
            <translation>Noch keines.</translation>
        </message>
        <message>
            <source>Run tasks of %1</source>
            <translation>Aufgaben von %1 ausführen</translation>
        </message>
        <message>
            <source>Share of %1</source>
            <translation>Anteil von %1</translation>
        </message>
        <message>
            <source>Parts of the machine: a project with 200 gets twice the time of one with 100.</source>
            <translation>Anteile am Computer: Ein Projekt mit 200 bekommt doppelt so viel Zeit wie eines mit 100.</translation>
        </message>
        <message>
            <source>Leave…</source>
            <translation>Austreten …</translation>
        </message>
        <message>
            <source>Leave %1</source>
            <translation>%1 verlassen</translation>
        </message>
        <message>
            <source>Share</source>
            <translation>Anteil</translation>
        </message>
        <message>
            <source>Leave %1?</source>
            <translation>%1 verlassen?</translation>
        </message>
        <message>
            <source>Its tasks on this computer are dropped, and its results so far stay counted. You need an invitation to come back.</source>
            <translation>Seine Aufgaben auf diesem Computer verfallen, die Ergebnisse bisher zählen weiter. Für die Rückkehr brauchen Sie eine Einladung.</translation>
        </message>
        <message>
            <source>&amp;Leave</source>
            <translation>&amp;Austreten</translation>
        </message>
        <message>
            <source>&amp;Stay</source>
            <translation>&amp;Bleiben</translation>
        </message>
        <message>
            <source>Show &amp;notifications</source>
            <translation>&amp;Meldungen zeigen</translation>
        </message>
        <message>
            <source>Of trouble, of finished work, and of my first certified task; of nothing else.</source>
            <translation>Bei Störungen, beendeter Arbeit und meiner ersten bestätigten Aufgabe; sonst bei nichts.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::SettingsView</name>
        <message>
            <source>Groups of settings</source>
            <translation>Gruppen von Einstellungen</translation>
        </message>
        <message>
            <source>How &amp;much</source>
            <translation>&amp;Wie viel</translation>
        </message>
        <message>
            <source>W&amp;hen</source>
            <translation>Wa&amp;nn</translation>
        </message>
        <message>
            <source>Pro&amp;jects and network</source>
            <translation>&amp;Projekte und Netz</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::StatusLine</name>
        <message>
            <source>The agent is not running</source>
            <translation>Der Agent läuft nicht</translation>
        </message>
        <message>
            <source>Hearth's work is done by a service of its own, and nothing answers in its name.</source>
            <translation>Die Arbeit macht ein eigener Dienst, und niemand antwortet in seinem Namen.</translation>
        </message>
        <message>
            <source>Install the package hearth-agent, or start it: sudo systemctl start hearth-agent. This window connects by itself as soon as it runs.</source>
            <translation>Installieren Sie das Paket hearth-agent, oder starten Sie ihn: sudo systemctl start hearth-agent. Dieses Fenster verbindet sich von selbst, sobald er läuft.</translation>
        </message>
        <message>
            <source>You may not control the agent of this computer</source>
            <translation>Sie dürfen den Agenten dieses Computers nicht steuern</translation>
        </message>
        <message>
            <source>The agent is too old for this window</source>
            <translation>Der Agent ist zu alt für dieses Fenster</translation>
        </message>
        <message>
            <source>Update the package hearth-agent. Tasks go on meanwhile.</source>
            <translation>Aktualisieren Sie das Paket hearth-agent. Aufgaben laufen derweil weiter.</translation>
        </message>
        <message>
            <source>This window is too old for the agent</source>
            <translation>Dieses Fenster ist zu alt für den Agenten</translation>
        </message>
        <message>
            <source>Update the package hearth-tray and start it again. Tasks go on meanwhile.</source>
            <translation>Aktualisieren Sie das Paket hearth-tray und starten Sie es neu. Aufgaben laufen derweil weiter.</translation>
        </message>
        <message>
            <source>The agent cannot be understood</source>
            <translation>Der Agent ist nicht zu verstehen</translation>
        </message>
        <message>
            <source>Something answers in its place that does not speak as an agent does.</source>
            <translation>An seiner Stelle antwortet etwas, das nicht wie ein Agent spricht.</translation>
        </message>
        <message>
            <source>Restart it: sudo systemctl restart hearth-agent.</source>
            <translation>Starten Sie ihn neu: sudo systemctl restart hearth-agent.</translation>
        </message>
        <message>
            <source>Looking for the agent</source>
            <translation>Der Agent wird gesucht</translation>
        </message>
        <message>
            <source>Goes on %1.</source>
            <translation>Weiter geht es %1.</translation>
        </message>
        <message>
            <source>Goes on: %1.</source>
            <translation>Weiter geht es: %1.</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>Wartet</translation>
        </message>
        <message>
            <source>Tasks sleep while you use the computer, and go on when you are away.</source>
            <translation>Aufgaben schlafen, während Sie den Computer benutzen, und laufen weiter, wenn Sie weg sind.</translation>
        </message>
        <message>
            <source>Also: %1.</source>
            <translation>Außerdem: %1.</translation>
        </message>
        <message>
            <source>Getting work ready</source>
            <translation>Arbeit wird vorbereitet</translation>
        </message>
        <message numerus="yes">
            <source>Running %n task(s)</source>
            <translation>
                <numerusform>Eine Aufgabe läuft</numerusform>
                <numerusform>%n Aufgaben laufen</numerusform>
            </translation>
        </message>
        <message>
            <source>%1 for %2</source>
            <translation>%1 für %2</translation>
        </message>
        <message>
            <source>The project's server is not reached</source>
            <translation>Der Server des Projekts ist nicht erreichbar</translation>
        </message>
        <message>
            <source>It is tried again by itself. If nothing else on the network works either, look there first.</source>
            <translation>Es wird von selbst wieder versucht. Wenn auch sonst nichts im Netz geht, sehen Sie zuerst dort nach.</translation>
        </message>
        <message>
            <source>No work at the moment</source>
            <translation>Zurzeit keine Arbeit</translation>
        </message>
        <message>
            <source>New work is asked for by itself.</source>
            <translation>Nach neuer Arbeit wird von selbst gefragt.</translation>
        </message>
        <message>
            <source>Paused by you %1</source>
            <translation>Von Ihnen angehalten %1</translation>
        </message>
        <message>
            <source>Paused by you until you resume</source>
            <translation>Von Ihnen angehalten, bis Sie fortsetzen</translation>
        </message>
        <message>
            <source>Tasks keep their place, and go on where they were.</source>
            <translation>Aufgaben behalten ihren Platz und laufen dort weiter, wo sie waren.</translation>
        </message>
        <message numerus="yes">
            <source>Finishing %n task(s), then stopping</source>
            <translation>
                <numerusform>Eine Aufgabe wird fertig, dann ist Schluss</numerusform>
                <numerusform>%n Aufgaben werden fertig, dann ist Schluss</numerusform>
            </translation>
        </message>
        <message>
            <source>No new work is taken until you choose Run.</source>
            <translation>Neue Arbeit wird erst angenommen, wenn Sie „Ausführen“ wählen.</translation>
        </message>
        <message>
            <source>Finished: nothing runs until you choose Run</source>
            <translation>Fertig: Nichts läuft, bis Sie „Ausführen“ wählen</translation>
        </message>
        <message>
            <source>Not part of a project yet</source>
            <translation>Noch bei keinem Projekt</translation>
        </message>
        <message>
            <source>Open the window to choose one.</source>
            <translation>Öffnen Sie das Fenster, um eines zu wählen.</translation>
        </message>
        <message>
            <source>Cannot work</source>
            <translation>Kann nicht arbeiten</translation>
        </message>
        <message>
            <source>The agent is ending</source>
            <translation>Der Agent beendet sich</translation>
        </message>
        <message>
            <source>Starting</source>
            <translation>Startet</translation>
        </message>
        <message>
            <source>Running</source>
            <translation>Läuft</translation>
        </message>
        <message>
            <source>Finishing</source>
            <translation>Wird fertiggestellt</translation>
        </message>
        <message>
            <source>Paused by you</source>
            <translation>Von Ihnen angehalten</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Auf Akku</translation>
        </message>
        <message>
            <source>No work</source>
            <translation>Keine Arbeit</translation>
        </message>
        <message>
            <source>Trouble</source>
            <translation>Störung</translation>
        </message>
        <message>
            <source>Waiting until you are away</source>
            <translation>Wartet, bis Sie weg sind</translation>
        </message>
        <message>
            <source>Waiting: the computer runs on battery</source>
            <translation>Wartet: Der Computer läuft auf Akku</translation>
        </message>
        <message>
            <source>Waiting for the hours that you chose</source>
            <translation>Wartet auf die Stunden, die Sie gewählt haben</translation>
        </message>
        <message>
            <source>Waiting: the computer is too hot</source>
            <translation>Wartet: Der Computer ist zu heiß</translation>
        </message>
        <message>
            <source>Waiting: a program fills the screen</source>
            <translation>Wartet: Ein Programm füllt den Bildschirm</translation>
        </message>
        <message>
            <source>Waiting: a game runs</source>
            <translation>Wartet: Ein Spiel läuft</translation>
        </message>
        <message>
            <source>Waiting: a program runs that you named</source>
            <translation>Wartet: Ein von Ihnen genanntes Programm läuft</translation>
        </message>
        <message>
            <source>Waiting: other programs need the processor</source>
            <translation>Wartet: Andere Programme brauchen den Prozessor</translation>
        </message>
        <message>
            <source>Waiting: other programs need the memory</source>
            <translation>Wartet: Andere Programme brauchen den Speicher</translation>
        </message>
        <message>
            <source>Waiting: this network costs by volume</source>
            <translation>Wartet: Dieses Netz kostet nach Menge</translation>
        </message>
        <message>
            <source>Waiting for the network's hours</source>
            <translation>Wartet auf die Stunden des Netzes</translation>
        </message>
        <message>
            <source>Waiting: too little disk is free</source>
            <translation>Wartet: Zu wenig Festplatte ist frei</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TaskDelegate</name>
        <message>
            <source>Waiting its turn</source>
            <translation>Wartet, bis sie an der Reihe ist</translation>
        </message>
        <message>
            <source>Fetching its files</source>
            <translation>Holt ihre Dateien</translation>
        </message>
        <message>
            <source>Ready to run</source>
            <translation>Bereit</translation>
        </message>
        <message>
            <source>Gathering its results</source>
            <translation>Sammelt ihre Ergebnisse</translation>
        </message>
        <message>
            <source>Sending its results</source>
            <translation>Sendet ihre Ergebnisse</translation>
        </message>
        <message>
            <source>Done; the project looks at it</source>
            <translation>Fertig; das Projekt prüft sie</translation>
        </message>
        <message>
            <source>Asleep</source>
            <translation>Schläft</translation>
        </message>
        <message>
            <source>%1 left</source>
            <translation>noch %1</translation>
        </message>
        <message>
            <source>Running</source>
            <translation>Läuft</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TaskModel</name>
        <message>
            <source>Batch %1</source>
            <translation>Reihe %1</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::TrayIcon</name>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Ausführen</translation>
        </message>
        <message>
            <source>&amp;Finish current work</source>
            <translation>Laufendes &amp;fertigstellen</translation>
        </message>
        <message>
            <source>&amp;Open</source>
            <translation>Ö&amp;ffnen</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>&amp;Beenden</translation>
        </message>
        <message>
            <source>&amp;Close this icon; tasks go on</source>
            <translation>&amp;Symbol schließen; Aufgaben laufen weiter</translation>
        </message>
        <message>
            <source>&amp;Stop all tasks and end the agent</source>
            <translation>&amp;Alle Aufgaben anhalten und den Agenten beenden</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WeekEditor</name>
        <message>
            <source>Any time</source>
            <translation>Jederzeit</translation>
        </message>
        <message>
            <source>%1: any time</source>
            <translation>%1: jederzeit</translation>
        </message>
        <message>
            <source>One hour at least stays open. To stop altogether, choose Pause.</source>
            <translation>Mindestens eine Stunde bleibt offen. Um ganz anzuhalten, wählen Sie „Pause“.</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::WeekGrid</name>
        <message>
            <source>%1, %2 to %3</source>
            <translation>%1, %2 bis %3</translation>
        </message>
        <message>
            <source>%1: yes</source>
            <translation>%1: ja</translation>
        </message>
        <message>
            <source>%1: no</source>
            <translation>%1: nein</translation>
        </message>
        <message>
            <source>%1: in part</source>
            <translation>%1: zum Teil</translation>
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
            <translation>Stunden, in denen Aufgaben laufen dürfen</translation>
        </message>
        <message>
            <source>Paint with the mouse, or with the arrow keys and the space bar.</source>
            <translation>Mit der Maus malen, oder mit den Pfeiltasten und der Leertaste.</translation>
        </message>
        <message>
            <source>What comes first</source>
            <translation>Was Vorrang hat</translation>
        </message>
        <message>
            <source>On battery</source>
            <translation>Auf Akku</translation>
        </message>
        <message>
            <source>Tasks wait while a game runs or a program &amp;fills the screen</source>
            <translation>Aufgaben warten, während ein Spiel läuft oder ein Programm den Bildschirm &amp;füllt</translation>
        </message>
        <message>
            <source>Tasks wait when other programs need</source>
            <translation>Aufgaben warten, wenn andere Programme brauchen</translation>
        </message>
        <message>
            <source>Heat and noise</source>
            <translation>Hitze und Lärm</translation>
        </message>
        <message>
            <source>Tasks stop at</source>
            <translation>Aufgaben halten an bei</translation>
        </message>
        <message>
            <source>and go on at</source>
            <translation>und laufen weiter bei</translation>
        </message>
        <message>
            <source>Programs that make tasks wait</source>
            <translation>Programme, für die Aufgaben warten</translation>
        </message>
        <message>
            <source>Name of a program, such as obs</source>
            <translation>Name eines Programms, etwa obs</translation>
        </message>
        <message>
            <source>Name of a program</source>
            <translation>Name eines Programms</translation>
        </message>
        <message>
            <source>&amp;Add</source>
            <translation>&amp;Hinzufügen</translation>
        </message>
        <message>
            <source>Re&amp;move</source>
            <translation>&amp;Entfernen</translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Wording</name>
        <message>
            <source>at %1</source>
            <translation>um %1</translation>
        </message>
        <message>
            <source>tomorrow at %1</source>
            <translation>morgen um %1</translation>
        </message>
        <message>
            <source>on %1 at %2</source>
            <translation>am %1 um %2</translation>
        </message>
        <message>
            <source>until %1</source>
            <translation>bis %1</translation>
        </message>
        <message>
            <source>until tomorrow, %1</source>
            <translation>bis morgen, %1</translation>
        </message>
        <message>
            <source>until %1, %2</source>
            <translation>bis %1, %2</translation>
        </message>
        <message>
            <source>a minute</source>
            <translation>eine Minute</translation>
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
                <numerusform>%n Tag</numerusform>
                <numerusform>%n Tage</numerusform>
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
            <translation>Zeigt und steuert den Hearth-Agenten dieses Computers.</translation>
        </message>
        <message>
            <source>The agent's control socket.</source>
            <translation>Der Steuer-Socket des Agenten.</translation>
        </message>
        <message>
            <source>Start with the icon only.</source>
            <translation>Nur mit dem Symbol starten.</translation>
        </message>
        <message>
            <source>A hearth://join link, or a file that holds one.</source>
            <translation>Ein hearth://join-Link, oder eine Datei, in der einer steht.</translation>
        </message>
        <message>
            <source>Your settings of this window could not be read. They are kept as %1, and it starts afresh.</source>
            <translation>Ihre Einstellungen dieses Fensters waren nicht lesbar. Sie liegen als %1 bereit, und es beginnt von vorn.</translation>
        </message>
        <message>
            <source>Hearth</source>
            <translation>Hearth</translation>
        </message>
        <message>
            <source>hearth-tray runs already and does not answer. End it and start it again.</source>
            <translation>hearth-tray läuft schon und antwortet nicht. Beenden Sie es und starten Sie es neu.</translation>
        </message>
    </context>
</TS>
