# What a stock client waits for: a session, a command that does next to nothing. Over WinRM where BENCH_PORT names one, else by the stand-in
# for ssh that is on PATH.
param([int] $Opens = 12, [int] $Runs = 20)
function Median($x) { $s = @($x | Sort-Object); '{0:n1} ms' -f $s[[int][math]::Floor($s.Count / 2)] }
$to = if ($env:BENCH_PORT) {
    $password = ConvertTo-SecureString $env:PEPD_LOAD_PASSWORD -AsPlainText -Force
    @{ ComputerName = 'localhost'; Port = [int] $env:BENCH_PORT; ConfigurationName = 'PrivilegedEndpoint'
       Credential = [pscredential]::new('load', $password); Authentication = 'Negotiate' }
} else { @{ HostName = 'server' } }
$clock = [System.Diagnostics.Stopwatch]::new()
$open = foreach ($i in 1..$Opens) { $clock.Restart(); $s = New-PSSession @to; $clock.Elapsed.TotalMilliseconds; Remove-PSSession $s }
"  New-PSSession:                {0}" -f (Median ($open | Select-Object -Skip 1))
$s = New-PSSession @to
$null = 1..5 | ForEach-Object { Invoke-Command $s { Measure-Object -InputObject 5 } }
$run = foreach ($i in 1..$Runs) { $clock.Restart(); Invoke-Command $s { Measure-Object -InputObject 5 }; $clock.Elapsed.TotalMilliseconds }
"  Invoke-Command of a no-op:    {0}" -f (Median $run)
$run = foreach ($i in 1..$Runs) {
    $clock.Restart(); $p = [powershell]::Create(); $p.Runspace = $s.Runspace
    $null = $p.AddCommand('Measure-Object').AddArgument(5).Invoke(); $p.Dispose(); $clock.Elapsed.TotalMilliseconds
}
"  no-op through the API:        {0}" -f (Median $run)
Remove-PSSession $s
