import Models
import Postgres
import Storage

/// Ready rules: what a network of members tells about registrations, commissions and withdrawals, and what an
/// organiser's attendees get before an event. Their templates are among GET /v1/templates/examples.
enum RuleExamples {
    static let all: [RuleContent] = members + organiser

    private static let members = [
        example(
            "member_registered", about: "Welcomes a member who has registered.", on: "MemberRegistered",
            "welcome_new_member", #"{"member_name":"data.member_name"}"#, onRepeat: .ignore),
        example(
            "commission_received", about: "Tells a member of a commission; other credits are left out.",
            on: "CommissionReceived", "commission_received",
            #"""
            {"member_name":"data.member_name","amount":{"from":"data.amount","format":"number","decimals":2},
             "date":{"from":"occurred_at","format":"date"}}
            """#,
            filter: #"{"transaction_type":{"in":["commission",null]}}"#),
        example(
            "withdrawal_requested", about: "Confirms that a request to withdraw has arrived.", on: "WithdrawalRequested",
            "withdrawal_requested",
            #"{"member_name":"data.member_name","amount":{"from":"data.amount","format":"number","decimals":2}}"#),
        example(
            "withdrawal_approved", about: "Tells a member that a withdrawal was approved.", on: "WithdrawalApproved",
            "withdrawal_approved",
            #"{"member_name":"data.member_name","amount":{"from":"data.amount","format":"number","decimals":2}}"#),
        example(
            "withdrawal_rejected", about: "Tells a member that a withdrawal was not approved, and why.",
            on: "WithdrawalRejected", "withdrawal_rejected",
            #"""
            {"member_name":"data.member_name","amount":{"from":"data.amount","format":"number","decimals":2},
             "reason":{"from":"data.reason","default":"ask our support"}}
            """#),
    ]

    private static let organiser = [
        example(
            "event_update_7_days_before", about: "Tells attendees what is new, seven days before.", on: "EventPublished",
            task: "send_update", "event_update",
            #"""
            {"event_name":"data.event_name",
             "update_message":{"from":"data.update_message","default":"it takes place in seven days"}}
            """#,
            timing: #"{"relative_to":"data.starts_at","days":-7}"#, onRepeat: .replace),
        example(
            "event_reminder_1_day_before", about: "Reminds attendees a day before.", on: "EventPublished",
            task: "send_reminder", "event_reminder_24h",
            #"""
            {"attendee_name":"recipient.name","event_name":"data.event_name",
             "event_time":{"from":"data.starts_at","format":"time"}}
            """#,
            timing: #"{"relative_to":"data.starts_at","days":-1}"#, onRepeat: .replace),
        example(
            "check_in_on_the_day", about: "Sends each attendee the way in, on the morning of the day.", on: "EventPublished",
            task: "check_in_prep", "check_in_instructions",
            #"{"event_name":"data.event_name","qr_code_url":"data.qr_code_url"}"#,
            timing: #"{"relative_to":"data.starts_at","at":"08:00"}"#, onRepeat: .replace),
        example(
            "event_updated", about: "Tells attendees at once what has changed.", on: "EventUpdated", task: "send_update",
            "event_update", #"{"event_name":"data.event_name","update_message":"data.update_message"}"#),
    ]

    private static func example(
        _ name: String, about description: String, on eventType: String, task: String = RuleReader.taskTypeStandard,
        _ template: String, _ variables: String, filter: String = "{}", timing: String = "{}",
        onRepeat: AutomationRule.OnRepeat = .add
    ) -> RuleContent {
        var content = RuleContent(
            name: name, eventType: eventType, taskType: task, templateName: template, templateLanguage: "en",
            variables: JSONText(variables), filter: JSONText(filter), timing: JSONText(timing))
        content.description = description
        content.onRepeat = onRepeat
        if eventType == "EventPublished" {
            content.cancelledBy = ["EventCancelled"]
            content.kind = "reminder"
        }
        return content
    }
}
