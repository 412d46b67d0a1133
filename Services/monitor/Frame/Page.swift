import APIKit
import HTTPServer
import Models
import Postgres
import Runtime
import Storage

/// The frame of every page.
enum Page {
    static func response(
        _ title: String,
        visitor: Visitor?,
        section: Section? = nil,
        status: Int = 200,
        _ content: HTML
    ) -> Response {
        .html(status, document(title, visitor: visitor, section: section, content).text)
    }

    private static func document(_ title: String, visitor: Visitor?, section: Section?, _ content: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>\(title) · Tidings</title>
        <link rel="icon" href="\(Assets.path("icon.svg"))" type="image/svg+xml">
        <link rel="stylesheet" href="\(Assets.path(Assets.bootstrapName))">
        <link rel="stylesheet" href="\(Assets.path("tidings.css"))">
        <script src="\(Assets.path("tidings.js"))" defer></script>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top"><div class="wrap">
        <a class="brand" href="/"><img src="\(Assets.path("icon.svg"))" alt="" width="28" height="28">Tidings</a>
        \(visitor.map(account))
        \(visitor.map { Section.menu(for: $0, at: section, FormToken.input($0)) })
        </div></header>
        \(visitor.map { Section.navigation(for: $0, at: section) })
        <main id="content"><div class="wrap">
        \(content)
        </div></main>
        </body>
        </html>
        """
    }

    private static func account(of visitor: Visitor) -> HTML {
        """
        <a class="who quiet" href="/account">\(visitor.name)</a>
        <form class="leave" method="post" action="/sign-out">\(FormToken.input(visitor))<button class="btn btn-sm btn-plain">Sign out</button></form>
        """
    }

    /// A handler of a page: what it throws becomes a page too.
    static func handler(
        _ body: @escaping @Sendable (Request) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        { request in
            do {
                return try await body(request)
            } catch let elsewhere as Elsewhere {
                return .redirect(to: elsewhere.location)
            } catch let problem as Problem {
                return problemPage(problem)
            } catch let error as DatabaseError {
                Log.error("a page failed", ["route": request.route, "reason": error.logText])
                return problemPage(.storageUnavailable)
            }
        }
    }

    private static func problemPage(_ problem: Problem) -> Response {
        var response = response(
            problem.title,
            visitor: nil,
            status: problem.status,
            """
            <div class="panel narrow"><div class="inside">
            <h1 class="mb-2">\(problem.title)</h1>
            <p>\(problem.detail)</p>
            <a class="btn btn-main" href="/">To the beginning</a>
            </div></div>
            """
        )
        for (name, value) in problem.headers { response.addHeader(name, value) }
        if let retryAfter = problem.retryAfter {
            response.setHeader("Retry-After", "\(retryAfter.components.seconds)")
        }
        return response
    }
}

/// The small pieces that pages share.
enum Piece {
    /// In UTC; the script makes it local.
    static func time(_ moment: Timestamp) -> HTML {
        let text = moment.rfc3339
        let shown = String(text.prefix(19)).replacing("T", with: " ")
        return "<time class=\"number\" datetime=\"\(text)\">\(shown) UTC</time>"
    }

    static func badge(_ state: MessageState) -> HTML {
        "<span class=\"badge-state is-state-\(colour(of: state))\">\(mark(of: state))\(words(for: state))</span>"
    }

    static func words(for state: MessageState) -> String {
        switch state {
        case .scheduled: "Scheduled"
        case .queued: "Queued"
        case .sending: "Sending"
        case .unanswered: "No answer yet"
        case .waiting: "Retrying"
        case .held: "On hold"
        case .sent: "Sent"
        case .delivered: "Delivered"
        case .read: "Read"
        case .failed: "Failed"
        case .undelivered: "Undelivered"
        case .expired: "Expired"
        case .cancelled: "Cancelled"
        }
    }

    static func colour(of state: MessageState) -> String {
        switch state {
        case .scheduled, .queued, .cancelled: "grey"
        case .sending, .sent: "blue"
        case .unanswered, .waiting, .held: "amber"
        case .delivered, .read: "green"
        case .failed, .undelivered, .expired: "red"
        }
    }

    /// The ticks people know from WhatsApp; the word beside them says the same.
    private static func mark(of state: MessageState) -> HTML {
        let text =
            switch state {
            case .sent: "✓"
            case .delivered, .read: "✓✓"
            case .failed, .undelivered, .expired: "✕"
            case .unanswered, .waiting: "↻"
            case .scheduled, .queued, .sending, .held, .cancelled: ""
            }
        return text.isEmpty ? .nothing : "<span aria-hidden=\"true\">\(text)</span>"
    }

    static func tile(_ title: String, _ value: String, _ kind: String = "") -> HTML {
        "<div class=\"tile \(kind)\"><b>\(value)</b><span class=\"quiet small\">\(title)</span></div>"
    }

    /// 12,345
    static func number(_ value: some BinaryInteger) -> String {
        var text = ""
        for (index, digit) in value.magnitude.description.reversed().enumerated() {
            if index > 0, index % 3 == 0 { text = "," + text }
            text = String(digit) + text
        }
        return value < 0 ? "-" + text : text
    }

    /// 98.7 %, rounded down: 100 % is all.
    static func percent(_ rate: Double?) -> String {
        guard let rate else { return "–" }
        let tenths = Int((rate * 1_000).rounded(.down))
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    static func option(_ value: String, _ title: String, chosen: String) -> HTML {
        value == chosen
            ? "<option value=\"\(value)\" selected>\(title)</option>"
            : "<option value=\"\(value)\">\(title)</option>"
    }

    static func statusField(_ chosen: String) -> HTML {
        let groups = LogQuery.Group.allCases.map { option($0.rawValue, $0.title, chosen: chosen) }
        let states = MessageState.allCases.map { option($0.name, words(for: $0), chosen: chosen) }
        return """
            <div><label class="form-label" for="status">Status</label>
            <select class="form-select" id="status" name="status" data-submits>
            \(option("", "All", chosen: chosen))\(groups)
            <optgroup label="Exactly">\(states)</optgroup>
            </select></div>
            """
    }

    static func textField(
        _ name: String,
        _ title: String,
        _ value: String,
        type: String = "text",
        hint: String = ""
    ) -> HTML {
        """
        <div><label class="form-label" for="\(name)">\(title)</label>
        <input class="form-control" id="\(name)" name="\(name)" type="\(type)" value="\(value)" placeholder="\(hint)" \
        autocomplete="off"></div>
        """
    }
}
