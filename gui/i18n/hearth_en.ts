<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
    <context>
        <name>hearth::gui::PreferenceWords</name>
        <message numerus="yes">
            <source>%n hour(s) a week</source>
            <translation>
                <numerusform>%n hour a week</numerusform>
                <numerusform>%n hours a week</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::StatusLine</name>
        <message numerus="yes">
            <source>Running %n task(s)</source>
            <translation>
                <numerusform>Running a task</numerusform>
                <numerusform>Running %n tasks</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Finishing %n task(s), then stopping</source>
            <translation>
                <numerusform>Finishing a task, then stopping</numerusform>
                <numerusform>Finishing %n tasks, then stopping</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>hearth::gui::Wording</name>
        <message numerus="yes">
            <source>%n day(s)</source>
            <translation>
                <numerusform>%n day</numerusform>
                <numerusform>%n days</numerusform>
            </translation>
        </message>
    </context>
</TS>
