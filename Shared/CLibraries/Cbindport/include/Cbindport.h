#pragma once
/// librdkafka's mock broker always binds port 0, so a restarted one could never be found again.
/// A program linked with this target has its `bind` replaced by one that gives the named port to the next
/// bind of port 0 made by the same thread, and passes every other call through unchanged.
/// 0 takes the wish back. Linked into development programs and tests only.
void bindport_wish(int port);
