import Models
import Storage

/// One closed gate with its two ways out, and the question before several are opened.
enum GatePage {
    static func content(_ shown: ShownGate, _ visitor: Visitor) -> HTML {
        let words = shown.gate.cause.words
        let subject = GateText.subject(of: shown)
        let code: HTML? = shown.gate.errorCode.map { fact("Code", "\($0)") }
        let note: HTML? = shown.note.map { fact("Note", "\($0)") }
        return """
            <div class="head"><h1>\(words.title): \(subject)</h1>\
            <a class="btn btn-sm btn-plain end" href="\(GatePages.path)">All gates</a></div>
            <section class="panel"><h2>Why it is closed</h2><div class="inside">
            <p>\(words.explanation) <b>What to do:</b> \(words.remedy)</p>
            <dl class="facts">
            \(fact("Business", "\(shown.business ?? "several")"))
            \(fact("Held", "\(GateRows.held(shown.held))"))
            \(fact("Closed", "\(Piece.time(shown.gate.closedAt)) by \(shown.closedBy)"))
            \(fact("Goes on", GateRows.goesOn(shown)))
            \(fact("Who acts", "\(words.who.words)"))
            \(code)\(note)
            </dl></div></section>
            \(shown.gate.cause == .paused ? nil : probing(shown, visitor))
            \(opening(shown, visitor))
            """
    }

    private static func fact(_ title: String, _ value: HTML) -> HTML { "<div><dt>\(title)</dt><dd>\(value)</dd></div>" }

    private static func probing(_ shown: ShownGate, _ visitor: Visitor) -> HTML {
        let isLimit = shown.gate.cause == .portfolioLimit
        let button: HTML =
            shown.gate.probe == nil
            ? "<button class=\"btn btn-main\">\(isLimit ? "Look again now" : "Probe now")</button>"
            : "<p class=\"quiet\">One message is trying now.</p>"
        let text =
            isLimit
            ? "As many messages go out as there are free places."
            : shown.held == 0
                ? "Nobody waits behind it: the next message that would be held tries it."
                : "One message that waits tries whether WhatsApp takes it. The others stay held meanwhile."
        return """
            <section class="panel"><h2>Try it</h2><div class="inside"><p>\(text)</p>
            <form method="post" action="\(GatePages.path)/\(shown.gate.id.description)/probe">\(FormToken.input(visitor))\(button)</form>
            </div></section>
            """
    }

    private static func opening(_ shown: ShownGate, _ visitor: Visitor) -> HTML {
        let isPause = shown.gate.cause == .paused
        let count = shown.held == 0 ? "Nothing waits behind it" : "\(GateText.count(shown.held)) held"
        let text =
            isPause
            ? "Somebody paused it on purpose: resume it only if they know. \(count)."
            : "\(count), and goes out at its number's pace. Should the cause last, the first refusal closes it again."
        return """
            <section class="panel"><h2>\(isPause ? "Resume it" : "Reopen it")</h2><div class="inside"><p>\(text)</p>
            <form method="post" action="\(GatePages.path)/\(shown.gate.id.description)/open">\(FormToken.input(visitor))
            \(noteField)
            <button class="btn btn-main mt-2">\(isPause ? "Yes, resume" : "Yes, reopen")</button></form></div></section>
            """
    }

    private static var noteField: HTML { Piece.textField("note", "Note for the record", "", hint: "why") }

    static func confirmation(_ cause: GateCause, _ gates: [ShownGate], _ visitor: Visitor) -> HTML {
        let held = gates.reduce(0) { $0 + $1.held }
        let form: HTML =
            gates.isEmpty
            ? "<p class=\"notice\">No gate is closed for this any more.</p>"
            : """
            <section class="panel"><h2>Reopen \(Panel.count(gates.count, "gate"))</h2><div class="inside">
            <p>\(Panel.count(held, "message")) would go out, each at its number's pace. Should the cause last, the first \
            refusals close the gates again. <b>What would mend it:</b> \(cause.words.remedy)</p>
            <form method="post" action="\(GatePages.path)/reopen">\(FormToken.input(visitor))
            <input type="hidden" name="gates" value="\(gates.map(\.gate.id.description).joined(separator: ","))">
            \(noteField)
            <button class="btn btn-main mt-2">Yes, reopen \(Panel.count(gates.count, "gate"))</button></form></div></section>
            """
        return """
            <div class="head"><h1>\(cause.words.title)</h1>\
            <a class="btn btn-sm btn-plain end" href="\(GatePages.path)">All gates</a></div>
            \(form)
            \(Panel.table("What would be opened", empty: "Nothing.", columns: GateRows.columns, gates.map { GateRows.row($0) }))
            """
    }
}
