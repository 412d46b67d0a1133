import JSON
import Models
import Postgres
import Storage

extension MessageSummary {
    /// - Parameter details: the provider's own words about the error, where they were read.
    func writeFields(details: String? = nil, into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("status", state.name)
        writer.field("customer_status", state.customerView.rawValue)
        writer.field("to", recipient)
        writer.field("type", type)
        writer.field("kind", kind)
        writer.field("priority", priority)
        writer.field("lane", lane?.name)
        writer.field("sender_id", senderID.description)
        writer.field("template_id", templateID?.description)
        writer.field("batch_id", batchID?.description)
        writer.field("parent_message_id", parentID?.description)
        writer.field("reference", reference)
        writer.field("metadata", raw: metadata?.bytes)
        writer.field("content", raw: content.bytes)
        writer.field("retry_count", retries)
        writer.field("max_retries", maxRetries)
        writer.field("attempt_count", attempts)
        writer.field("is_critical", isCritical)
        if let errorCode {
            writer.field(
                "error",
                object: { ErrorJSON.writeFields(of: errorCode, from: provider, details: details, into: &$0) }
            )
        }
        writer.field("scheduled_for", scheduledFor?.rfc3339)
        writer.field("expires_at", expiresAt.rfc3339)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", changedAt.rfc3339)
        writer.field("sent_at", sentAt?.rfc3339)
        writer.field("delivered_at", deliveredAt?.rfc3339)
        writer.field("read_at", readAt?.rfc3339)
        writer.field("ended_at", endedAt?.rfc3339)
        writer.field("last_status_check", lastStatusCheck?.rfc3339)
    }
}

extension MessageDetail {
    func writeFields(into writer: inout JSONWriter) {
        let last = attempts.last { $0.errorCode != nil && $0.errorCode == summary.errorCode }
        summary.writeFields(details: last?.errorDetails, into: &writer)
        writer.field(
            "timeline",
            array: { list in
                for event in timeline { list.object { event.writeFields(summary.provider, into: &$0) } }
            }
        )
        writer.field(
            "attempts",
            array: { list in
                for attempt in attempts { list.object { attempt.writeFields(summary.provider, into: &$0) } }
            }
        )
    }
}

extension RecordedEvent {
    fileprivate func writeFields(_ provider: Provider?, into writer: inout JSONWriter) {
        writer.field("type", type)
        writer.field("at", at.rfc3339)
        writer.field("recorded_at", recordedAt.rfc3339)
        writer.field("attempt", attempt)
        if let errorCode {
            writer.field("error", object: { ErrorJSON.writeFields(of: errorCode, from: provider, into: &$0) })
        }
        writer.field("detail", raw: detail?.bytes)
    }
}

extension RecordedAttempt {
    fileprivate func writeFields(_ provider: Provider?, into writer: inout JSONWriter) {
        writer.field("number", number)
        writer.field("outcome", outcome.name)
        writer.field("started_at", startedAt.rfc3339)
        writer.field("ended_at", endedAt?.rfc3339)
        writer.field("provider_message_id", providerMessageID)
        writer.field("http_status", httpStatus)
        if let errorCode {
            writer.field(
                "error",
                object: { ErrorJSON.writeFields(of: errorCode, from: provider, details: errorDetails, into: &$0) }
            )
        } else {
            writer.field("error_details", errorDetails)
        }
    }
}
