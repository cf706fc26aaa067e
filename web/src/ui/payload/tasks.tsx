/** TodoWrite and the Task tools: items with their states. */
import { CheckCircle2, Circle, CircleDashed, LoaderCircle, type LucideIcon } from "lucide-react";
import { counted } from "../../domain/format.ts";
import { fields, type Fields } from "../../domain/read.ts";
import type { Call } from "../../domain/payload/call.ts";
import { FactList, Quiet, Stack } from "./parts.tsx";
import { records, scalar, str, strings } from "../../domain/payload/values.ts";

const STATES: Record<string, { Icon: LucideIcon; tone: string; word: string }> = {
  completed: { Icon: CheckCircle2, tone: "ok", word: "done" },
  in_progress: { Icon: LoaderCircle, tone: "working", word: "in progress" },
  pending: { Icon: Circle, tone: "quiet", word: "to do" },
};

export function Todos({ call }: { call: Call }) {
  const asked = records(call.input["todos"]);
  return <TaskLines tasks={asked.length > 0 ? asked : records(call.answer["newTodos"])} />;
}

/** TaskCreate, TaskUpdate, TaskGet and TaskList. */
export function Tasks({ call }: { call: Call }) {
  const { input, answer } = call;
  const one = fields(answer["task"]);
  const listed = records(answer["tasks"]);
  if (listed.length > 0) return <TaskLines tasks={listed} />;
  const change = fields(answer["statusChange"]);
  const subject = str(input["subject"]) ?? str(one["subject"]);
  if (subject === null && Object.keys(input).length + Object.keys(answer).length === 0)
    return <Quiet>Task list</Quiet>;
  return (
    <Stack>
      <TaskLines
        tasks={
          subject === null
            ? []
            : [
                {
                  ...one,
                  subject,
                  id: one["id"] ?? input["taskId"],
                  status: input["status"] ?? one["status"] ?? "pending",
                },
              ]
        }
      />
      <FactList
        facts={[
          ["Task", subject === null ? (scalar(input["taskId"]) ?? scalar(answer["taskId"])) : null],
          [
            "State",
            scalar(change["to"]) === null
              ? subject === null
                ? scalar(input["status"])
                : null
              : `${scalar(change["from"]) ?? "?"} → ${scalar(change["to"]) ?? "?"}`,
          ],
          ["About", str(input["description"]) ?? str(one["description"])],
          ["Blocked by", strings(input["addBlockedBy"]).join(", ")],
          ["Blocks", strings(input["addBlocks"]).join(", ")],
          ["Owner", str(input["owner"])],
          ["Listed", Array.isArray(answer["tasks"]) ? counted(listed.length, "task") : null],
        ]}
      />
    </Stack>
  );
}

function TaskLines({ tasks }: { tasks: readonly Fields[] }) {
  return tasks.length === 0 ? null : (
    <ul aria-label="Tasks" className="flex flex-col gap-0.5">
      {tasks.slice(0, 200).map((task, i) => (
        <TaskLine key={i} task={task} />
      ))}
      {tasks.length > 200 ? (
        <li>
          <Quiet>{`and ${counted(tasks.length - 200, "task")} more`}</Quiet>
        </li>
      ) : null}
    </ul>
  );
}

function TaskLine({ task }: { task: Fields }) {
  const status = str(task["status"]) ?? "";
  const known = Object.hasOwn(STATES, status) ? STATES[status] : undefined;
  const { Icon, tone, word } = known ?? { Icon: CircleDashed, tone: "quiet", word: status };
  const id = scalar(task["id"]);
  const blocked = strings(task["blockedBy"]);
  return (
    <li className="flex min-w-0 items-start gap-2">
      <Icon aria-hidden size={13} className={`tone-${tone} toned mt-0.5 shrink-0`} />
      <span className="min-w-0">
        {id === null ? null : <Quiet>{`#${id} `}</Quiet>}
        <bdi className="payload-text">
          {str(task["content"]) ?? str(task["subject"]) ?? "?"}
        </bdi>{" "}
        <span className={`tone-${tone} toned text-xs`}>{word}</span>
        {blocked.length === 0 ? null : <Quiet>{` · blocked by ${blocked.join(", ")}`}</Quiet>}
      </span>
    </li>
  );
}
