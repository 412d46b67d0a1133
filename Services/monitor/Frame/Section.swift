import Models
import Storage

/// Where a page stands in the navigation.
enum Section: CaseIterable {
    // A business's own.
    case overview, messages, templates, contacts, conversations, automation, broadcasts, alerts, reports, settings
    // The founders'.
    case system, allAlerts, gates, senders, health, businesses, allReports, auditLog

    /// In the order they are shown.
    private static let ofBusiness: [Section] = [
        .overview, .messages, .broadcasts, .templates, .automation, .contacts, .conversations, .alerts, .reports, .settings,
    ]
    private static let ofFounders: [Section] = [
        .system, .allAlerts, .gates, .senders, .health, .businesses, .allReports, .auditLog,
    ]

    var title: String {
        switch self {
        case .overview: "Overview"
        case .messages: "Messages"
        case .templates: "Templates"
        case .contacts: "Contacts"
        case .conversations: "Conversations"
        case .automation: "Automation"
        case .broadcasts: "Broadcasts"
        case .alerts, .allAlerts: "Alerts"
        case .reports, .allReports: "Reports"
        case .settings: "Settings"
        case .system: "All businesses"
        case .gates: "Gates"
        case .senders: "Senders"
        case .health: "Health"
        case .businesses: "Administration"
        case .auditLog: "Audit"
        }
    }

    var path: String {
        switch self {
        case .overview: "/dashboard"
        case .messages: TenantPages.path
        case .templates: "/dashboard/templates"
        case .contacts: "/dashboard/contacts"
        case .conversations: "/dashboard/conversations"
        case .automation: "/dashboard/automation"
        case .broadcasts: "/dashboard/broadcasts"
        case .alerts: "/dashboard/alerts"
        case .reports: "/dashboard/reports"
        case .settings: "/dashboard/settings"
        case .system: FounderPages.path
        case .allAlerts: "/admin/alerts"
        case .gates: "/admin/gates"
        case .senders: "/admin/senders"
        case .health: "/admin/health"
        case .businesses: "/admin/businesses"
        case .allReports: "/admin/reports"
        case .auditLog: "/admin/audit"
        }
    }

    /// What one must be allowed to look at to see the section at all.
    private var area: Area {
        switch self {
        case .templates: .templates
        case .contacts, .conversations: .contacts
        case .automation, .broadcasts: .automation
        case .settings: .settings
        default: .messages
        }
    }

    private static func shown(to visitor: Visitor) -> [Section] {
        let access = visitor.who.access
        return visitor.who.tenantID == nil
            ? ofFounders : ofBusiness.filter { access.allows(Scope($0.area, isReadOnly: true)) }
    }

    /// The bar below the top, where there is room for it.
    static func navigation(for visitor: Visitor, at current: Section?) -> HTML {
        """
        <nav class="sections" aria-label="Sections"><div class="wrap">\(links(for: visitor, at: current))</div></nav>
        """
    }

    /// The same on a phone, behind a button that says where one is.
    static func menu(for visitor: Visitor, at current: Section?, _ token: HTML) -> HTML {
        """
        <details class="menu"><summary>\(current?.title ?? "Menu")</summary>
        <nav aria-label="Menu">\(links(for: visitor, at: current))
        <div class="menu-end"><a href="/account">\(visitor.name)</a>\
        <form method="post" action="/sign-out">\(token)<button class="btn btn-plain">Sign out</button></form></div>
        </nav></details>
        """
    }

    private static func links(for visitor: Visitor, at current: Section?) -> [HTML] {
        shown(to: visitor).map { link($0, isCurrent: $0 == current, visitor) }
    }

    private static func link(_ section: Section, isCurrent: Bool, _ visitor: Visitor) -> HTML {
        let mark: HTML = isCurrent ? " aria-current=\"page\"" : .nothing
        let isOfAlerts = section == .alerts || section == .allAlerts
        let open: HTML? =
            isOfAlerts && visitor.openAlerts > 0
            ? " <span class=\"count\">\(Piece.number(visitor.openAlerts))<span class=\"visually-hidden\"> open</span></span>" : nil
        return "<a href=\"\(section.path)\"\(mark)>\(section.title)\(open)</a>"
    }
}
