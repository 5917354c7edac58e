$any = New-PSSessionOption -SkipCACheck -SkipCNCheck
$here = @{ ComputerName = 'localhost'; ConfigurationName = 'PrivilegedEndpoint'; Credential = [pscredential]::new('a1', (S 2)) }
$wrong = $here.Clone(); $wrong.Credential = [pscredential]::new('a1', (S 39))
$basic = $wrong.Clone(); $basic.Credential = [pscredential]::new('a4', (S 40))
Plant { New-PSSession @wrong -Port $http }
Plant { New-PSSession @basic -Port $https -UseSSL -SessionOption $any -Authentication Basic }
Invoke-Command @here -Port $https -UseSSL -SessionOption $any -Authentication Basic { Get-CloudAdminUserList } | Out-Null
$s = New-PSSession @here -Port $http
Plant { $p = S 41; Invoke-Command $s { New-CloudAdminUser -UserName a41 -Password $using:p } }
Plant { $p = M 42; Invoke-Command $s { New-CloudAdminUser -UserName a42 -Password $using:p } }
Plant { $p = C 43; Invoke-Command $s { Close-PrivilegedEndpoint /nowhere $using:p } }
Remove-PSSession $s
