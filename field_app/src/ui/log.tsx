/** The second tap: the result. */
import { log, setSettings } from "../actions";
import { done, s, screen, serviceOf } from "../state";
import { t } from "../text";
import type { AgeGroup, Channel, Result } from "../wire";
import { Frame } from "./frame";
import { Button, Icon, once, Picks } from "./parts";

const LOOKS: Record<Result, string> = { done_self: "ok", done_assisted: "helped", referred: "refer", not_done: "" };

const pairs = <T extends string>(names: Record<T, string>) => Object.entries(names) as [T, string][];

export function Log() {
  const { id, service: code } = screen();
  const service = serviceOf(code);
  if (!service) return <Frame title={code} back={`shift/${id}`}>{null}</Frame>;
  return (
    <Frame title={service.short} under={s.same ? t.sameCitizenLong : undefined} back={`shift/${id}`} low>
      <p class="service"><Icon name={service.icon} /><b>{service.name}</b></p>
      <Circumstances />
      <h2>{t.whatResult}</h2>
      <Results onPick={(result) => log(service, { result, people: 1 })} />
      {!s.same && <Button look="link" icon="users" label={t.group} onClick={() => done(`bulk/${id}/${code}`)} />}
    </Frame>
  );
}

export function Circumstances() {
  return (
    <>
      <Picks<"" | AgeGroup> name="age" legend={t.age} options={pairs(t.ages)} chosen={s.settings.age ?? ""}
        onPick={(age) => void setSettings({ age: age || null })} />
      <Picks<Channel> name="channel" legend={t.channel} options={pairs(t.channels)} chosen={s.settings.channel}
        onPick={(channel) => void setSettings({ channel })} />
    </>
  );
}

export function Results({ onPick }: { onPick: (result: Result) => Promise<void> }) {
  return (
    <div class="choices">
      {pairs(t.results).map(([result, label]) => (
        <button key={result} type="button" class={`choice ${LOOKS[result]}`} data-result={result} onClick={() => void once("result", () => onPick(result))}>
          {label}
        </button>
      ))}
    </div>
  );
}

