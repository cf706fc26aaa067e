/** AskUserQuestion and ExitPlanMode: questions with options and answers, or the plan. */
import { CheckCircle2, Circle } from "lucide-react";
import { fields } from "../../domain/read.ts";
import type { Call } from "../../domain/payload/call.ts";
import { Markdown } from "./markdown.tsx";
import { Block, Code, FactList, Quiet, Stack } from "./parts.tsx";
import { isRecord, records, scalar, str, strings } from "../../domain/payload/values.ts";

export function Questions({ call }: { call: Call }) {
  const asked = records(call.input["questions"]);
  const questions = asked.length > 0 ? asked : records(call.answer["questions"]);
  const answers = { ...fields(call.input["answers"]), ...fields(call.answer["answers"]) };
  return (
    <Stack>
      {questions.length === 0 ? <Quiet>No question in this event</Quiet> : null}
      {questions.map((one, i) => {
        const question = str(one["question"]) ?? "A question";
        return (
          <Question
            key={i}
            question={question}
            about={str(one["header"])}
            options={one["options"]}
            chosen={Object.hasOwn(answers, question) ? answers[question] : undefined}
          />
        );
      })}
    </Stack>
  );
}

interface QuestionProps {
  question: string;
  about: string | null;
  options: unknown;
  chosen: unknown;
}

function Question({ question, about, options, chosen }: QuestionProps) {
  const offered = records(options).map((one) => ({
    label: scalar(one["label"]) ?? "?",
    words: str(one["description"]),
  }));
  const said = Array.isArray(chosen)
    ? strings(chosen)
    : scalar(chosen) === null
      ? []
      : [scalar(chosen) ?? ""];
  const picked = new Set(
    said.flatMap((one) => (offered.some(({ label }) => label === one) ? [one] : one.split(", "))),
  );
  const own = said.filter(
    (one) => !offered.some(({ label }) => label === one || one.split(", ").includes(label)),
  );
  return (
    <section className="min-w-0">
      <p className="font-medium">
        <bdi className="payload-text">{question}</bdi>{" "}
        {about === null ? null : (
          <Quiet>
            <bdi>{about}</bdi>
          </Quiet>
        )}
      </p>
      <ul className="mt-1 flex flex-col gap-0.5">
        {offered.map(({ label, words }, i) => (
          <li key={i} className="flex items-start gap-2">
            {picked.has(label) ? (
              <CheckCircle2
                aria-label="chosen"
                size={13}
                className="tone-ok toned mt-0.5 shrink-0"
              />
            ) : (
              <Circle aria-hidden size={13} className="mt-0.5 shrink-0 text-muted" />
            )}
            <span className="min-w-0">
              <bdi className={`payload-text ${picked.has(label) ? "font-medium" : ""}`}>
                {label}
              </bdi>{" "}
              {words === null ? null : (
                <Quiet>
                  <bdi className="payload-text">{words}</bdi>
                </Quiet>
              )}
            </span>
          </li>
        ))}
        {own.map((words) => (
          <li key={words} className="flex items-start gap-2">
            <CheckCircle2
              aria-label="answered"
              size={13}
              className="tone-ok toned mt-0.5 shrink-0"
            />
            <bdi className="payload-text font-medium">{words}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Plan({ call }: { call: Call }) {
  const plan = str(call.input["plan"]) ?? str(call.answer["plan"]);
  const path = str(call.answer["filePath"]) ?? str(call.input["planFilePath"]);
  return (
    <Stack>
      <Block title="Plan">
        {plan === null ? <Quiet>No plan in this event</Quiet> : <Markdown text={plan} />}
      </Block>
      <FactList
        facts={[
          ["Saved in", path === null ? null : <Code>{path}</Code>],
          ["Answer", isRecord(call.response) ? null : scalar(call.response)],
        ]}
      />
    </Stack>
  );
}
