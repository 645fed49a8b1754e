-- DropIndex
DROP INDEX "Conversation_dueAt_idx";

-- CreateIndex
CREATE INDEX "Conversation_inboxId_dueAt_idx" ON "Conversation"("inboxId", "dueAt");

-- CreateIndex
CREATE INDEX "Conversation_leaseUntil_idx" ON "Conversation"("leaseUntil");
