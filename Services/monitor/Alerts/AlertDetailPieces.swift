import HTTPServer
import Models
import Runtime
import Storage

/// One alert: what it is, what was measured, what was done, and what can be.
enum AlertDetailPieces {
    static func content(
        _ alert: StoredAlert, history: [AlertEvent], parent: StoredAlert?, explained: [StoredAlert],
        curve: [MeasurementStore.Point], _ viewer: AlertVisitor, problem: Problem?
    ) -> HTML {
        let notice: HTML? = problem.map { "<p class=\"notice is-bad\" role=\"alert\">\($0.detail)</p>" }
        return """
            <div class="head"><h1>\(alert.title)</h1></div>
            \(notice)
            <section class="panel"><div class="inside">
            <p>\(AlertListPieces.badges(alert))</p>
            <p class="keep-lines break">\(lines(AlertWords.detail(alert, isFounder: viewer.side == .founders)))</p>
            \(facts(alert, parent, viewer))
            </div></section>
            \(actions(alert, viewer))
            \(AlertCurve.section(alert, curve))
            \(explains(explained, viewer))
            \(steps(history))
            <p><a class="btn btn-plain" href="\(viewer.side.path)">← All alerts</a></p>
            """
    }

    /// The text as it is told elsewhere; what is an address there is a link here.
    private static func lines(_ detail: String) -> [HTML] {
        detail.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("http://") || line.hasPrefix("https://") ? "<a href=\"\(String(line))\">Open what it is about</a>\n" : "\(String(line))\n"
        }
    }

    private static func facts(_ alert: StoredAlert, _ parent: StoredAlert?, _ viewer: AlertVisitor) -> HTML {
        func fact(_ name: String, _ value: HTML?) -> HTML? { value.map { "<div><dt>\(name)</dt><dd>\($0)</dd></div>" } }
        let measured: HTML? = alert.metric.flatMap { metric in
            alert.value.map { value in
                "\(metric.text(value))\(alert.threshold.map { ", threshold \(metric.text($0))" } ?? "")"
            }
        }
        // A business is not shown the platform's own alerts, but told what explains its own: the history names it.
        let cause: HTML? =
            parent.map { "<a href=\"\(viewer.side.path)/\($0.id.description)\">\($0.title)</a>" }
            ?? alert.parentID.map { _ in "another alert" }
        let rule: HTML? = alert.metric.map { metric in
            "<a href=\"\(viewer.side.rulesPath)/\(metric.rawValue)\">\(metric.words.name)</a>"
        }
        return """
            <dl class="facts">
            \(fact("Code", "\(alert.code)"))
            \(viewer.side == .founders ? fact("Business", "\(alert.business ?? "Platform")") : nil)
            \(fact("Measured", measured))
            \(fact("Rule", rule))
            \(fact("Since", Piece.time(alert.openedAt)))
            \(fact("Times", "\(Piece.number(alert.occurrences))"))
            \(fact("Explained by", cause))
            \(viewer.side == .founders ? fact("What became of messages", ask(alert)) : nil)
            \(fact("Over", alert.resolvedAt.map { "\(Piece.time($0)), \(alert.resolvedBy.map { "resolved by \($0)" } ?? "by itself")" }))
            \(fact("Note", alert.note.map { "\($0)" }))
            </dl>
            """
    }

    /// Where receipts are lost, the provider may still be asked.
    private static func ask(_ alert: StoredAlert) -> HTML? {
        guard alert.code == AlertCode.receiptsSilent.rawValue else { return nil }
        let link = BulkRefreshPages.path + QueryText.make([("business", alert.tenantID?.description)])
        return "<a href=\"\(link)\">Ask the provider…</a>"
    }

    private static func actions(_ alert: StoredAlert, _ viewer: AlertVisitor) -> HTML {
        guard viewer.mayAct else { return .nothing }
        func form(_ action: AlertAction, _ inside: HTML) -> HTML {
            """
            <form method="post" action="\(viewer.side.path)/\(alert.id.description)/\(action.rawValue)">\
            \(FormToken.input(viewer.visitor))\(inside)</form>
            """
        }
        var pieces: [HTML] = []
        if alert.isOpen {
            if alert.acknowledged == nil {
                pieces.append(form(.acknowledge, "<button class=\"btn btn-main\">Acknowledge</button>"))
            }
            let isSilent = alert.silencedUntil.map { $0 > SystemClock.now() } ?? false
            pieces.append(
                isSilent
                    ? form(.unsilence, "<button class=\"btn btn-plain\">End the silence</button>")
                    : form(.silence, silenceButtons))
        }
        let words: HTML =
            alert.isOpen
            ? """
            <button class="btn btn-plain" formaction="\(viewer.side.path)/\(alert.id.description)/note">Add note</button>
            <button class="btn btn-plain" formaction="\(viewer.side.path)/\(alert.id.description)/resolve">Resolve</button>
            """ : "<button class=\"btn btn-plain\">Add note</button>"
        return """
            <section class="panel"><h2>What to do</h2><div class="inside">
            <div class="acts">\(pieces)</div>
            \(form(.note, """
            <label class="form-label" for="note">Note</label>
            <textarea class="form-control" id="note" name="note" rows="2" maxlength="\(AlertDeskStore.noteCharactersMax)"></textarea>
            <div class="acts mt-2">\(words)</div>
            """))
            <p class="quiet small mb-0">Acknowledging ends reminders. What is resolved stays resolved until it occurs anew.</p>
            </div></section>
            """
    }

    static let silenceButtons: HTML = """
        <span class="quiet small">Silence for</span>
        <button class="btn btn-plain" name="hours" value="1">1 h</button>
        <button class="btn btn-plain" name="hours" value="8">8 h</button>
        <button class="btn btn-plain" name="hours" value="24">1 day</button>
        <button class="btn btn-plain" name="hours" value="168">7 days</button>
        """

    private static func explains(_ alerts: [StoredAlert], _ viewer: AlertVisitor) -> HTML? {
        if alerts.isEmpty { return nil }
        let items: [HTML] = alerts.map { alert in
            """
            <div class="alert-item"><a class="row-link" href="\(viewer.side.path)/\(alert.id.description)">\(alert.title)</a>
            <div class="quiet small">\(AlertListPieces.badges(alert)) since \(Piece.time(alert.openedAt))</div></div>
            """
        }
        return "<section class=\"panel\"><h2>Explains</h2>\(items)</section>"
    }

    private static func steps(_ history: [AlertEvent]) -> HTML {
        let items: [HTML] = history.reversed().map { event in
            let words = AlertWords.words(event.what)
            let note: HTML? = event.note.map { "<div class=\"keep-lines break\">\($0)</div>" }
            return """
                <li class="is-\(words.colour)"><b>\(words.title)</b> <span class="quiet small">\(Piece.time(event.at)) · \
                \(event.who)</span>\(note)</li>
                """
        }
        return "<section class=\"panel\"><h2>History</h2><div class=\"inside\"><ul class=\"steps\">\(items)</ul></div></section>"
    }
}
