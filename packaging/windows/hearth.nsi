; SPDX-License-Identifier: GPL-3.0-or-later
; The installer of the agent for Windows, for Debian's makensis:
;   makensis -DVERSION=0.1.0 -DPROGRAMS=DIR -DLICENSE=FILE -DTARGET=hearth-agent-0.1.0-windows-x64.exe hearth.nsi
; PROGRAMS holds hearth-agent.exe, hearth-tray.exe, hearth-task-init.exe and the libraries that they need. With -DPROJECT=FILE, the JSON file of a
; project that the installation carries (docs/agent-control.md, `offers`).
Unicode true
SetCompressor /SOLID lzma
ManifestDPIAware true
RequestExecutionLevel admin

!ifndef VERSION | PROGRAMS | LICENSE | TARGET
  !error "VERSION, PROGRAMS, LICENSE and TARGET have to be given (see the head of this file)"
!endif

!include MUI2.nsh
!include x64.nsh
!include WinVer.nsh
!include FileFunc.nsh

!define SERVICE "HearthAgent"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Hearth"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define SCHEME "Software\Classes\hearth"

Name "Hearth"
OutFile "${TARGET}"
InstallDir "$PROGRAMFILES64\Hearth"
BrandingText "Hearth ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Hearth"
VIAddVersionKey "FileDescription" "Hearth agent and tray"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "The Hearth authors, GPL-3.0-or-later"

!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\hearth-tray.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Open Hearth"
; One page, one button: the folder is a matter for /D=, and the licence grants rights, which nobody has to accept.
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "Spanish"

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    MessageBox MB_ICONSTOP "Hearth needs a 64-bit Windows 10 or later." /SD IDOK
    Abort
  ${EndIf}
  SetRegView 64
  SetShellVarContext all
FunctionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

; Ends what runs of an earlier version, so that its files can be replaced.
!macro EndPrograms
  nsExec::Exec 'sc.exe stop ${SERVICE}'
  Pop $0
  nsExec::Exec 'taskkill.exe /IM hearth-tray.exe'
  Pop $0
  ; The agent returns what is done: five seconds at most.
  Sleep 6000
!macroend

Section "Hearth"
  !insertmacro EndPrograms
  SetOutPath "$INSTDIR"
  File /r "${PROGRAMS}\*.*"
  File /oname=LICENSE.txt "${LICENSE}"
  CreateDirectory "$APPDATA\Hearth"
!ifdef PROJECT
  SetOutPath "$APPDATA\Hearth\projects.d"
  File "${PROJECT}"
  SetOutPath "$INSTDIR"
!endif

  ; The service's own account, with no rights of a person: what it may write is its folder.
  nsExec::ExecToLog 'sc.exe create ${SERVICE} start= delayed-auto obj= "NT SERVICE\${SERVICE}" DisplayName= "Hearth agent" binPath= "\"$INSTDIR\hearth-agent.exe\" daemon --service --dir \"$APPDATA\Hearth\agent\""'
  Pop $0
  nsExec::ExecToLog 'sc.exe description ${SERVICE} "Gives this computer''s idle time to science."'
  Pop $0
  nsExec::ExecToLog 'sc.exe failure ${SERVICE} reset= 86400 actions= restart/5000/restart/60000//'
  Pop $0
  nsExec::ExecToLog 'sc.exe sidtype ${SERVICE} restricted'
  Pop $0
  CreateDirectory "$APPDATA\Hearth\agent"
  nsExec::ExecToLog 'icacls.exe "$APPDATA\Hearth\agent" /inheritance:r /grant:r "NT SERVICE\${SERVICE}:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F"'
  Pop $0
  nsExec::ExecToLog 'sc.exe start ${SERVICE}'
  Pop $0

  WriteRegStr HKLM "${SCHEME}" "" "URL:Hearth invitation"
  WriteRegStr HKLM "${SCHEME}" "URL Protocol" ""
  WriteRegStr HKLM "${SCHEME}\DefaultIcon" "" "$INSTDIR\hearth-tray.exe,0"
  WriteRegStr HKLM "${SCHEME}\shell\open\command" "" '"$INSTDIR\hearth-tray.exe" "%1"'
  WriteRegStr HKLM "${RUN}" "Hearth" '"$INSTDIR\hearth-tray.exe" --hidden'
  CreateShortcut "$SMPROGRAMS\Hearth.lnk" "$INSTDIR\hearth-tray.exe"

  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "Hearth"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\hearth-tray.exe"
  WriteRegStr HKLM "${UNINSTALL}" "Publisher" "The Hearth authors"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKLM "${UNINSTALL}" "EstimatedSize" "$0"
SectionEnd

; Takes everything: identity, tasks and settings too, as the packages for Debian do when they are purged.
Section "Uninstall"
  !insertmacro EndPrograms
  nsExec::Exec 'sc.exe delete ${SERVICE}'
  Pop $0
  DeleteRegKey HKLM "${SCHEME}"
  DeleteRegValue HKLM "${RUN}" "Hearth"
  DeleteRegKey HKLM "${UNINSTALL}"
  Delete "$SMPROGRAMS\Hearth.lnk"
  RMDir /r "$APPDATA\Hearth"
  RMDir /r "$INSTDIR"
SectionEnd
