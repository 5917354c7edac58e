# Microsoft's managed NTLM and SPNEGO client sends one sealed message over a socket of its own.
param([int] $Port, [string] $User, [string] $Password, [string] $Package, [string] $File)
$ErrorActionPreference = 'Stop'
[AppContext]::SetSwitch('System.Net.Security.UseManagedNtlm', $true)

$tcp = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
$stream = $tcp.GetStream()
$latin = [Text.Encoding]::Latin1

# One request and its answer: status, headers, body.
function Post([string[]] $Headers, [byte[]] $Body) {
    $head = (@('POST /wsman HTTP/1.1', "Host: 127.0.0.1:$Port", "Content-Length: $($Body.Length)") + $Headers) -join "`r`n"
    $stream.Write($latin.GetBytes("$head`r`n`r`n")); $stream.Write($Body); $stream.Flush()
    $bytes = [System.Collections.Generic.List[byte]]::new()
    while ($true) {
        $bytes.Add([byte]$stream.ReadByte())
        $n = $bytes.Count
        if ($n -ge 4 -and $bytes[$n - 4] -eq 13 -and $bytes[$n - 3] -eq 10 -and $bytes[$n - 2] -eq 13) { break }
    }
    $lines = $latin.GetString($bytes.ToArray()) -split "`r`n"
    $answer = @{ Status = [int]$lines[0].Split(' ')[1]; Headers = @{} }
    foreach ($line in $lines[1..($lines.Count - 1)]) {
        if ($line) { $name, $value = $line -split ': ', 2; $answer.Headers[$name.ToLowerInvariant()] = $value }
    }
    $body = [byte[]]::new([int]$answer.Headers['content-length'])
    if ($body.Length) { $stream.ReadExactly($body, 0, $body.Length) }
    $answer.Body = $body
    $answer
}

$options = [System.Net.Security.NegotiateAuthenticationClientOptions]::new()
$options.Package = $Package
$options.RequiredProtectionLevel = 'EncryptAndSign'
$options.Credential = [System.Net.NetworkCredential]::new($User, $Password)
$options.TargetName = 'HTTP/127.0.0.1'
$client = [System.Net.Security.NegotiateAuthentication]::new($options)
$status = [System.Net.Security.NegotiateAuthenticationStatusCode]::ContinueNeeded
[byte[]] $incoming = [byte[]]::new(0)
do {
    $blob = $client.GetOutgoingBlob($incoming, [ref] $status)
    if ($null -ne $blob) {
        $answer = Post @("Authorization: Negotiate $([Convert]::ToBase64String($blob))") ([byte[]]::new(0))
        $token = "$($answer.Headers['www-authenticate'])" -replace '^Negotiate ?', ''
        $incoming = [byte[]]::new(0)
        if ($token) { $incoming = [Convert]::FromBase64String($token) }
    }
} while ($incoming.Length -and $null -ne $blob)
"logon $($answer.Status) $status"
if ($answer.Status -ne 200) { exit }

$message = [IO.File]::ReadAllBytes($File)
$sealed = [System.Buffers.ArrayBufferWriter[byte]]::new()
$encrypted = $false
$null = $client.Wrap($message, $sealed, $true, [ref] $encrypted)
$sealed = $sealed.WrittenMemory.ToArray()
$head = "--Encrypted Boundary`r`nContent-Type: application/HTTP-SPNEGO-session-encrypted`r`n" +
    "OriginalContent: type=application/soap+xml;charset=UTF-8;Length=$($message.Length)`r`n" +
    "--Encrypted Boundary`r`nContent-Type: application/octet-stream`r`n"
$body = $latin.GetBytes($head) + [BitConverter]::GetBytes([int]16) + $sealed + $latin.GetBytes("--Encrypted Boundary--`r`n")
$type = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
$answer = Post @("Content-Type: $type") $body
"answer $($answer.Status)"

$text = $latin.GetString($answer.Body)
$mark = "Content-Type: application/octet-stream`r`n"
$start = $text.IndexOf($mark) + $mark.Length + 4
$end = $text.LastIndexOf('--Encrypted Boundary--')
$opened = [System.Buffers.ArrayBufferWriter[byte]]::new()
$was = $false
$null = $client.Unwrap([byte[]]$answer.Body[$start..($end - 1)], $opened, [ref] $was)
[Text.Encoding]::UTF8.GetString($opened.WrittenMemory.ToArray())
