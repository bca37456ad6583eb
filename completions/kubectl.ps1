# Completion of kubectl command lines in PowerShell.
#
# The program itself knows what a word may become: it is asked with the words of the line, and answers with a
# candidate a line, then a line with a colon and a number whose bits say how to offer them.
#
# For an alias:  Register-ArgumentCompleter -CommandName k -ScriptBlock $__kubectlCompleterBlock

[scriptblock]$__kubectlCompleterBlock = {
    param($WordToComplete, $CommandAst, $CursorPosition)

    $Elements = @($CommandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $CursorPosition })
    $Program = $Elements[0].Extent.Text
    if (-not (Get-Command -Name $Program -ErrorAction SilentlyContinue)) {
        $Program = 'kubectl'
    }

    $Words = @()
    $Last = ''
    foreach ($Element in ($Elements | Select-Object -Skip 1)) {
        $Text = $Element.Extent.Text
        if ($Element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $Text = $Element.Value
        }
        # The word at the cursor is the one that is asked about; what stands behind the cursor is not part of it.
        if ($Element.Extent.EndOffset -ge $CursorPosition) {
            $Length = [Math]::Min($Text.Length, $CursorPosition - $Element.Extent.StartOffset)
            $Last = $Text.Substring(0, $Length)
        } else {
            $Words += $Text
        }
    }

    # Before 7.3 PowerShell drops empty arguments of programs, unless they are quoted twice.
    $Typed = $Last
    if ($Last -eq '' -and ($PSVersionTable.PSVersion -lt [version]'7.3.0' -or $PSNativeCommandArgumentPassing -eq 'Legacy')) {
        $Typed = '""'
    }
    $Answer = @(& $Program __complete @Words $Typed 2>$null)
    if ($Answer.Count -eq 0) {
        return
    }

    $Directive = 0
    if ($Answer[-1] -match '^:(\d+)$') {
        $Directive = [int]$Matches[1]
        $Answer = @($Answer | Select-Object -SkipLast 1)
    }
    # An error, or files with some endings, or folders: PowerShell offers files where nothing else is offered.
    if ($Directive -band 25) {
        return
    }

    # Of a flag and its value in one word, the candidates are values.
    $Before = ''
    if ($Last -match '^(-[^=]*=)') {
        $Before = $Matches[1]
    }
    $Space = ' '
    if ($Directive -band 2) {
        $Space = ''
    }

    $Found = @(
        foreach ($Line in $Answer) {
            if ($Line -eq '' -or $Line.StartsWith('_activeHelp_')) {
                continue
            }
            $Name, $Note = $Line -split "`t", 2
            $Whole = "$Before$Name"
            if (-not $Whole.StartsWith($Last)) {
                continue
            }
            if (-not $Note) {
                $Note = ' '
            }
            [pscustomobject]@{ Name = $Name; Whole = $Whole; Note = $Note }
        }
    )
    if (-not ($Directive -band 32)) {
        $Found = @($Found | Sort-Object -Property Name)
    }
    if ($Found.Count -eq 0 -and ($Directive -band 4)) {
        # An empty candidate keeps PowerShell from offering files.
        return ''
    }

    # Only a menu shows descriptions, and only the word itself goes into the line.
    $Complete = (Get-PSReadLineKeyHandler -ErrorAction SilentlyContinue | Where-Object Key -EQ 'Tab').Function
    foreach ($Candidate in $Found) {
        $Text = $Candidate.Whole
        if ($Text -match '[\s#@$;,''"{}()`|<>&]') {
            $Text = "'" + ($Text -replace "'", "''") + "'"
        }
        if ($Found.Count -eq 1 -or $Complete -eq 'MenuComplete') {
            $Text = "$Text$Space"
        }
        [System.Management.Automation.CompletionResult]::new($Text, $Candidate.Name, 'ParameterValue', $Candidate.Note)
    }
}

Register-ArgumentCompleter -Native -CommandName 'kubectl' -ScriptBlock $__kubectlCompleterBlock
