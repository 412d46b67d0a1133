import Models
import Runtime
import Storage

/// The reports' pages. What is printed is the report alone: navigation, forms and buttons stay on the screen.
enum ReportPage {
    /// - Parameter businesses: to choose from; nil on a business's own page.
    static func list(
        _ months: [ReportStore.Stored], _ query: ReportQuery, path: String, businesses: [Business]?
    ) -> HTML {
        """
        <div class="head"><h1>Reports</h1></div>
        \(form(query, path: path, businesses: businesses))
        <section class="panel"><h2>Monthly reports</h2>\(table(of: months, query, path: path))</section>
        """
    }

    private static func form(_ query: ReportQuery, path: String, businesses: [Business]?) -> HTML {
        let choice: HTML? = businesses.map { businesses in
            """
            <div><label class="form-label" for="tenant">Business</label>
            <select class="form-select" id="tenant" name="tenant">
            \(businesses.map { Piece.option($0.id.description, $0.name, chosen: query.tenantID?.description ?? "") })
            </select></div>
            """
        }
        let everybody: HTML? = businesses.map { _ in
            "<p class=\"small quiet\">Without a business: <a href=\"\(link(path, query, months: [("from", query.period.firstDay), ("to", query.period.lastDay)], tenant: nil))\">all businesses together</a>, last month.</p>"
        }
        return """
            <form class="panel" method="get" action="\(path)"><h2>Any period</h2><div class="inside">
            <div class="filters">\(choice)
            \(Piece.textField("from", "From day", query.period.firstDay, type: "date"))
            \(Piece.textField("to", "To day", query.period.lastDay, type: "date"))
            <div class="buttons"><button class="btn btn-main">Make the report</button></div></div>
            <p class="small quiet">Whole days in UTC, at most \(ReportPeriod.daysMax). Figures of the last two days may be some minutes old.</p>
            \(everybody)</div></form>
            """
    }

    private static func table(of months: [ReportStore.Stored], _ query: ReportQuery, path: String) -> HTML {
        if months.isEmpty {
            return """
                <div class="inside"><p class="quiet">None yet. The first one is made when a whole month is over.</p></div>
                """
        }
        let rows = months.map { month -> HTML in
            """
            <tr><td><a href="\(link(path, query, months: [("month", month.month)], tenant: query.tenantID))">\(month.month)</a></td>\
            <td>\(Piece.time(month.madeAt))</td><td>\(month.isSettled ? "settled" : "made once more when nothing can change")</td></tr>
            """
        }
        return """
            <div class="table-responsive"><table class="table">
            <thead><tr><th scope="col">Month</th><th scope="col">Made</th><th scope="col">State</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
    }

    static func link(_ path: String, _ query: ReportQuery, months: [(String, String)], tenant: TenantID?) -> String {
        path + QueryText.make(months.map { (name: $0.0, value: $0.1) } + [(name: "tenant", value: tenant?.description)])
    }

    // MARK: One report

    static func content(_ report: ComplianceReport, _ query: ReportQuery, path: String, download: String) -> HTML {
        let asked =
            query.isMonth
            ? [("month", String(query.period.firstDay.prefix(7)))]
            : [("from", query.period.firstDay), ("to", query.period.lastDay)]
        func file(_ format: String, _ title: String) -> HTML {
            """
            <a class="btn btn-sm btn-plain" href="\(link(download, query, months: asked + [("format", format)], tenant: query.tenantID))">\(title)</a>
            """
        }
        return """
            <div class="head on-screen"><a href="\(path)">← All reports</a><span class="end"></span>\
            \(file("csv", "CSV"))\(file("json", "JSON"))</div>
            <article class="report">
            <header class="report-head"><h1>Compliance report</h1>
            <p class="report-whose">\(report.business)</p>
            <p>\(report.period.firstDay) to \(report.period.lastDay), whole days in UTC</p>
            <p class="small quiet">Made \(Piece.time(report.madeAt))\(counted(report)). To print it, or to keep it as a PDF file, use your browser's print command.</p></header>
            \(report.sections.map(section))
            </article>
            """
    }

    private static func counted(_ report: ComplianceReport) -> HTML {
        guard let countedAt = report.countedAt else { return "; no day of the period has been counted" }
        return "; every day of it was counted at \(Piece.time(countedAt)) or later"
    }

    private static func section(_ section: ComplianceReport.Section) -> HTML {
        let figures: HTML =
            section.figures.isEmpty
            ? "<p class=\"quiet inside\">Nothing in this period.</p>"
            : "<dl class=\"report-figures\">\(section.figures.map(figure))</dl>"
        return """
            <section class="panel report-section" id="\(section.id)"><h2>\(section.title)</h2>
            \(figures)\(section.tables.filter { !$0.rows.isEmpty }.map(table))</section>
            """
    }

    private static func figure(_ figure: ComplianceReport.Figure) -> HTML {
        """
        <div><dt>\(figure.title)</dt><dd class="report-value">\(figure.text)</dd>\
        <dd class="small quiet">\(figure.definition)</dd></div>
        """
    }

    private static func table(_ table: ComplianceReport.Table) -> HTML {
        """
        <div class="report-table"><h3>\(table.title)</h3><p class="small quiet">\(table.definition)</p>
        <div class="table-responsive" tabindex="0" role="region" aria-label="\(table.title)"><table class="table">
        <thead><tr>\(table.columns.map { "<th scope=\"col\">\($0)</th>" as HTML })</tr></thead>
        <tbody>\(table.rows.map { row in "<tr>\(row.map { "<td>\($0)</td>" as HTML })</tr>" as HTML })</tbody></table></div></div>
        """
    }
}
