$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
function Plant([scriptblock] $Block) { try { $null = . $Block; 'done' } catch { "$($_.FullyQualifiedErrorId)" } }
function Api([scriptblock] $Add) {
    $shell = [powershell]::Create(); $shell.Runspace = $s.Runspace
    $null = & $Add $shell
    $shell.Invoke(); if ($shell.HadErrors) { throw $shell.Streams.Error[0] }
}
