-- CreateTable
CREATE TABLE "Activity" (
    "inboxId" UUID NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "questions" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "problem" TEXT,
    "milliseconds" DOUBLE PRECISION NOT NULL,
    "slowest" DOUBLE PRECISION NOT NULL,
    "lastAt" TIMESTAMPTZ(3),
    "lastMilliseconds" DOUBLE PRECISION,
    "calls" INTEGER NOT NULL,
    "peakUsed" INTEGER,
    "peakLimit" INTEGER,
    "peakSeconds" INTEGER,

    CONSTRAINT "Activity_pkey" PRIMARY KEY ("inboxId","hour")
);

-- CreateIndex
CREATE INDEX "Activity_hour_idx" ON "Activity"("hour");

-- AddForeignKey
ALTER TABLE "Activity" ADD CONSTRAINT "Activity_inboxId_fkey" FOREIGN KEY ("inboxId") REFERENCES "Inbox"("id") ON DELETE CASCADE ON UPDATE CASCADE;
