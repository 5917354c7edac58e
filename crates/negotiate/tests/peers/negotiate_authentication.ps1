# Microsoft's managed NTLM and SPNEGO client, driven by lines on standard input (see tests/support/peer.rs).
$ErrorActionPreference = 'Stop'
[AppContext]::SetSwitch('System.Net.Security.UseManagedNtlm', $true)

# A channel binding made of given data: the native structure that TLS streams hand out, 32 bytes and then the data.
Add-Type -TypeDefinition @'
using System;
using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
public sealed class GivenBinding : ChannelBinding {
    private readonly int size;
    public GivenBinding(byte[] data) : base(true) {
        size = 32 + data.Length;
        IntPtr memory = Marshal.AllocHGlobal(size);
        for (int i = 0; i < 32; i++) Marshal.WriteByte(memory, i, 0);
        Marshal.WriteInt32(memory, 24, data.Length);
        Marshal.WriteInt32(memory, 28, 32);
        Marshal.Copy(data, 0, memory + 32, data.Length);
        SetHandle(memory);
    }
    public override int Size { get { return size; } }
    protected override bool ReleaseHandle() { Marshal.FreeHGlobal(handle); return true; }
}
'@

function FromHex([string] $text) { if ($text -eq '-') { return , [byte[]]@() } return , [Convert]::FromHexString($text) }
function ToHex([byte[]] $bytes) { if ($null -eq $bytes -or $bytes.Length -eq 0) { '-' } else { [Convert]::ToHexString($bytes).ToLowerInvariant() } }
function Text([string] $hex) { [Text.Encoding]::UTF8.GetString((FromHex $hex)) }

$client = $null
while ($null -ne ($line = [Console]::In.ReadLine())) {
    $words = $line.Split(' ')
    $answer = 'ok -'
    try {
        switch ($words[0]) {
            'start' {
                # start PACKAGE LEVEL USER PASSWORD DOMAIN TARGET BINDING, all but the first two in hex
                $options = [System.Net.Security.NegotiateAuthenticationClientOptions]::new()
                $options.Package = $words[1]
                $options.RequiredProtectionLevel = $words[2]
                $options.Credential = [System.Net.NetworkCredential]::new((Text $words[3]), (Text $words[4]), (Text $words[5]))
                $options.TargetName = Text $words[6]
                if ($words[7] -ne '-') { $options.Binding = [GivenBinding]::new((FromHex $words[7])) }
                $client = [System.Net.Security.NegotiateAuthentication]::new($options)
            }
            'step' {
                $status = [System.Net.Security.NegotiateAuthenticationStatusCode]::GenericFailure
                $blob = $client.GetOutgoingBlob((FromHex $words[1]), [ref] $status)
                if ($status -notin 'Completed', 'ContinueNeeded') { throw "GetOutgoingBlob: $status" }
                $answer = "ok $(ToHex $blob) $status"
            }
            'wrap' {
                $out = [System.Buffers.ArrayBufferWriter[byte]]::new()
                $sealed = $false
                $status = $client.Wrap((FromHex $words[1]), $out, $true, [ref] $sealed)
                if ($status -ne 'Completed' -or -not $sealed) { throw "Wrap: $status, encrypted: $sealed" }
                $answer = "ok $(ToHex $out.WrittenMemory.ToArray())"
            }
            'unwrap' {
                $out = [System.Buffers.ArrayBufferWriter[byte]]::new()
                $sealed = $false
                $status = $client.Unwrap((FromHex $words[1]), $out, [ref] $sealed)
                if ($status -ne 'Completed' -or -not $sealed) { throw "Unwrap: $status, encrypted: $sealed" }
                $answer = "ok $(ToHex $out.WrittenMemory.ToArray())"
            }
            default { throw "unknown command $($words[0])" }
        }
    }
    catch { $answer = 'error ' + ($_.Exception.Message -replace '\s+', ' ') }
    [Console]::Out.WriteLine($answer)
    [Console]::Out.Flush()
}
