# Forward one Claude Code hook to ingestd, on Windows:
#   powershell -NoProfile -ExecutionPolicy Bypass -File forward.ps1 VIA URL SPOOL
#
# In: the hook's body on stdin, and what no body carries, from the environment. Out: a POST to
# URL/events; failing that, a file in the folder SPOOL, as forward.sh writes it. Prints nothing,
# exits 0, whatever happens. Windows PowerShell 5.1 and PowerShell 7.
param([string]$Via = '', [string]$Url = '', [string]$Spool = '')

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$MostEvents = 10000
$MostBytes = 268435456

function Read-Body {
    $memory = New-Object System.IO.MemoryStream
    [Console]::OpenStandardInput().CopyTo($memory)
    return , $memory.ToArray()
}

# JSON of what the environment tells; ASCII alone, so it can be a header's value.
function Get-Sender {
    $sender = [ordered]@{ via = $Via }
    if ($env:CLAUDE_PROJECT_DIR) { $sender.project_dir = $env:CLAUDE_PROJECT_DIR }
    if ($env:AI_AGENT -match '^claude-code_(\d[^_]*)') { $sender.client_version = $Matches[1] -replace '-', '.' }
    if ($env:CLAUDE_CODE_ENTRYPOINT) { $sender.entrypoint = $env:CLAUDE_CODE_ENTRYPOINT }
    if ($env:CLAUDE_CODE_SESSION_ATTENDED -match '^[01]$') { $sender.attended = $env:CLAUDE_CODE_SESSION_ATTENDED -eq '1' }
    if ($env:CLAUDE_PID -match '^[1-9]\d{0,8}$') { $sender.pid = [int]$env:CLAUDE_PID }
    # Windows' own ids: a Linux inside it (WSL) has the same host name, and other processes.
    if ($sender.Contains('pid')) { $sender.pid_domain = 'windows' }
    $sender.host = [Environment]::MachineName
    $sender.user = [Environment]::UserName
    $text = ConvertTo-Json -InputObject $sender -Compress
    return [regex]::Replace($text, '[^\x20-\x7e]', { param($found) '\u{0:x4}' -f [int][char]$found.Value })
}

function Get-Token {
    $beside = Join-Path $PSScriptRoot 'curlrc'
    if (Test-Path -LiteralPath $beside) {
        if ([System.IO.File]::ReadAllText($beside) -match 'Bearer ([A-Za-z0-9._~-]+)') { return $Matches[1] }
    }
    $token = if ($env:CLAUDE_PLUGIN_OPTION_TOKEN) { $env:CLAUDE_PLUGIN_OPTION_TOKEN } else { $env:HOOKWATCH_TOKEN }
    if ($token -match '^[A-Za-z0-9._~-]+$') { return $token }
    return ''
}

# Return the answer's status, 0 for none.
function Send-Event([byte[]]$Body, [string]$EventId, [long]$FiredAt, [string]$Sender, [int]$Milliseconds) {
    $request = [System.Net.HttpWebRequest]::Create($Url.TrimEnd('/') + '/events')
    $request.Method = 'POST'
    $request.ContentType = 'application/json'
    $request.Timeout = $Milliseconds
    $request.ReadWriteTimeout = $Milliseconds
    $request.AllowAutoRedirect = $false
    $request.ServicePoint.Expect100Continue = $false
    if ($request.RequestUri.IsLoopback) { $request.Proxy = $null }
    $request.Headers.Add('X-Event-Id', $EventId)
    $request.Headers.Add('X-Fired-At', [string]$FiredAt)
    $request.Headers.Add('X-Hookwatch-Sender', $Sender)
    $token = Get-Token
    if ($token) { $request.Headers.Add('Authorization', "Bearer $token") }
    $request.ContentLength = $Body.Length
    try {
        $stream = $request.GetRequestStream()
        $stream.Write($Body, 0, $Body.Length)
        $stream.Close()
        $answer = $request.GetResponse()
    } catch {
        $failure = $_.Exception
        while ($failure -and -not ($failure -is [System.Net.WebException])) { $failure = $failure.InnerException }
        if (-not $failure -or -not $failure.Response) { return 0 }
        $answer = $failure.Response
    }
    $status = [int]$answer.StatusCode
    $answer.Close()
    return $status
}

# Count an event that is lost, as one byte.
function Add-Dropped {
    try {
        $file = [System.IO.File]::Open((Join-Path $Spool '.dropped'), 'Append', 'Write', 'ReadWrite')
        $file.WriteByte(46)
        $file.Close()
    } catch { }
}

# Write the event under a name that nobody drains, then give it the name by which it is drained.
function Save-Event([byte[]]$Body, [string]$EventId, [long]$FiredAt, [string]$Sender) {
    try {
        $null = [System.IO.Directory]::CreateDirectory($Spool)
        $used = [long]0
        $files = @([System.IO.Directory]::GetFiles($Spool, '*.event'))
        foreach ($name in $files) { $used += (New-Object System.IO.FileInfo $name).Length }
        if ($files.Count -ge $MostEvents -or $used + $Body.Length -gt $MostBytes) {
            Add-Dropped
            return
        }
        $half = Join-Path $Spool ".$EventId"
        $line = '{"event_id":"' + $EventId + '","fired_at":' + $FiredAt + ',"sender":' + $Sender + "}`n"
        $head = [System.Text.Encoding]::ASCII.GetBytes($line)
        $file = [System.IO.File]::Create($half)
        try {
            $file.Write($head, 0, $head.Length)
            $file.Write($Body, 0, $Body.Length)
        } finally {
            $file.Close()
        }
        [System.IO.File]::Move($half, (Join-Path $Spool ('{0:d13}-{1}.event' -f $FiredAt, $EventId)))
    } catch {
        try { if ($half) { [System.IO.File]::Delete($half) } } catch { }
        Add-Dropped
    }
}

# On Windows nobody else empties the spool: ingestd does not run there. The oldest go first.
function Send-Spooled {
    $lock = $null
    try {
        $lock = [System.IO.File]::Open((Join-Path $Spool '.lock'), 'OpenOrCreate', 'Write', 'None')
        $until = [DateTime]::UtcNow.AddSeconds(1)
        $names = [string[]][System.IO.Directory]::GetFiles($Spool, '*.event')
        [Array]::Sort($names, [StringComparer]::Ordinal)
        foreach ($name in $names) {
            if ([DateTime]::UtcNow -gt $until) { return $false }
            $data = [System.IO.File]::ReadAllBytes($name)
            $end = [Array]::IndexOf($data, [byte]10)
            if ($end -lt 1) { continue }
            $line = [System.Text.Encoding]::ASCII.GetString($data, 0, $end)
            if ($line -notmatch '^\{"event_id":"([0-9A-Za-z.-]+)","fired_at":(\d+),"sender":(\{.*\})\}$') { continue }
            $id, $at, $by = $Matches[1], [long]$Matches[2], $Matches[3]
            $body = New-Object byte[] ($data.Length - $end - 1)
            [Array]::Copy($data, $end + 1, $body, 0, $body.Length)
            $status = Send-Event $body $id $at $by 2000
            if ($status -eq 400 -or $status -eq 413) { Add-Dropped }
            elseif ($status -lt 200 -or $status -gt 299) { return $false }
            [System.IO.File]::Delete($name)
        }
        return $true
    } catch {
        return $false
    } finally {
        if ($lock) { $lock.Close() }
    }
}

try {
    $body = Read-Body
    if ($body.Length -gt 0 -and $Url -and $Spool) {
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
        $id = [Guid]::NewGuid().ToString()
        $by = Get-Sender
        $free = $true
        if ([System.IO.Directory]::Exists($Spool) -and [System.IO.Directory]::GetFiles($Spool, '*.event').Length -gt 0) {
            $free = Send-Spooled
        }
        $status = 0
        if ($free) { $status = Send-Event $body $id $now $by 1000 }
        if ($status -eq 400 -or $status -eq 413) { Add-Dropped }
        elseif ($status -lt 200 -or $status -gt 299) { Save-Event $body $id $now $by }
    }
} catch { }
exit 0
