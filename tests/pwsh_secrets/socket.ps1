Plant { $p = S 1; Invoke-Command $s { New-CloudAdminUser -UserName a1 -Password $using:p } }
Plant { $old = S 1; $new = S 2; Invoke-Command $s { Set-CloudAdminUserPassword -UserName a1 -CurrentPassword $using:old -NewPassword $using:new } }
Plant { $p = S 3; Invoke-Command $s { Set-CloudAdminUserPassword -UserName a1 -CurrentPassword $using:p -NewPassword $using:p } }
Plant { $p = S 4; Invoke-Command $s { New-CloudAdminUser a4 $using:p } }
Plant { $p = M 5; Invoke-Command $s { New-CloudAdminUser -UserName a5 -Password $using:p } }
Plant { $p = M 6; Invoke-Command $s { New-CloudAdminUser a6 $using:p } }
Plant { Invoke-Command $s ([scriptblock]::Create("New-CloudAdminUser a7 '$(M 7)'")) }
Plant { Invoke-Command $s ([scriptblock]::Create("New-CloudAdminUser a8 -Passwort '$(M 8)'")) }
Plant { $p = S 4; Invoke-Command $s ([scriptblock]::Create("New-CloudAdminUser a9 `$using:p '$(M 9)'")) }
Plant { $p = @{ p = M 10 }; Invoke-Command $s { New-CloudAdminUser -UserName a10 -Password $using:p } }
Plant { $p = (M 11), (M 12); Invoke-Command $s { New-CloudAdminUser -UserName a11 -Password $using:p } }
Plant { $p = [pscustomobject]@{ Secret = M 13 }; Invoke-Command $s { New-CloudAdminUser -UserName a13 -Password $using:p } }
Plant { $p = C 14; Invoke-Command $s { New-CloudAdminUser -UserName a14 -Password $using:p } }
Plant { $p = @{ c = C 15; s = S 16 }; Invoke-Command $s { Get-Command -Name $using:p } }
Plant { $p = S 17; Invoke-Command $s { Get-Command -Name $using:p } }
Plant { $p = (C 18), (C 19); Invoke-Command $s { Get-Help -Name $using:p } }
Plant { $p = C 20; Invoke-Command $s { Close-PrivilegedEndpoint /nowhere -Credential $using:p } }
Plant { $p = @{ UserName = 'b'; Password = M 21 }; Invoke-Command $s { Close-PrivilegedEndpoint /nowhere -Credential $using:p } }
Plant { $p = [pscustomobject]@{ UserName = 'b'; Password = M 22 }; Invoke-Command $s { Close-PrivilegedEndpoint /nowhere -Credential $using:p } }
Plant { Invoke-Command $s { param($p) New-CloudAdminUser a23 $p } -ArgumentList (S 23) }
Plant { S 24 | Invoke-Command $s { Measure-Object } }
Plant { C 25 | Invoke-Command $s { Out-Default } }
Plant { @{ list = @((S 26), (C 27)) } | Invoke-Command $s { Measure-Object } }
Plant { Api { param($shell) $shell.AddCommand('New-CloudAdminUser').AddParameter('UserName', 'a28').AddParameter('Password', (M 28)) } }
Plant { Api { param($shell) $shell.AddCommand('new-cloudadminuser').AddArgument('a29').AddArgument((M 29)) } }
Plant { Api { param($shell) $shell.AddCommand('PrivilegedEndpoint\New-CloudAdminUser').AddArgument('a30').AddParameter('Pass', (M 30)) } }
Plant { Api { param($shell) $shell.AddCommand('New-CloudAdminUser').AddArgument('a31').AddParameter('Password', (M 31)).AddParameter('Password', (S 31)) } }
Plant { Api { param($shell) $shell.AddCommand('New-CloudAdminUser').AddArgument('a32').AddParameter('Password', [securestring[]]((S 32), (S 32))) } }
Plant { $h = @{ UserName = 'a33'; Password = M 33 }; Invoke-Command $s { New-CloudAdminUser @using:h } }
Plant { $p = M 34; Invoke-Command $s { New-CloudAdminUser a34 $using:p 2>&1 } }
Plant { $p = S 35; Invoke-Command $s { New-CloudAdminUser -UserName a1 -Password $using:p -OutVariable kept } }
Plant { $p = M 36; 'a36' | Invoke-Command $s { New-CloudAdminUser -Password $using:p } }
$m = Import-PSSession $s -CommandName New-CloudAdminUser, Set-CloudAdminUserPassword -AllowClobber -DisableNameChecking
Plant { New-CloudAdminUser -UserName a37 -Password (S 37) }
Plant { New-CloudAdminUser -UserName a38 -Password (M 38) }
