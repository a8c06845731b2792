/** A shift without a plan. */
import { openShift, readKit } from "../actions";
import { addTeam, findTeams, pointsOn, type Named } from "../kit";
import { one, s, set } from "../state";
import { longDay, t } from "../text";
import { Frame } from "./frame";
import { Icon, Button } from "./parts";

/** Which team, and where. */
export function Open() {
  const teams = s.kit?.teams ?? [];
  const team = s.draft.team ?? teams[0]?.code ?? "";
  const draft = (part: Record<string, string>) => set({ draft: { ...s.draft, ...part } });
  const openIt = () => {
    const point = s.draft.point || null;
    s.draft = {};
    return openShift(team, point);
  };
  return (
    <Frame title={t.openUnplanned} under={longDay(one.clock.today())} back="day"
      actions={<Button look="full" icon="navigation" label={t.open} disabled={!team} onClick={openIt} />}>
      <fieldset class="checks">
        <legend>{t.team}</legend>
        {teams.map(({ code, name }) => (
          <label key={code} class="check">
            <input type="radio" name="team" checked={code === team} onChange={() => draft({ team: code })} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <label class="row">
        {t.point}
        <select value={s.draft.point ?? ""} onChange={(event) => draft({ point: event.currentTarget.value })}>
          <option value="">{t.mobileLong}</option>
          {s.kit && pointsOn(s.kit, one.clock.today()).map(({ code, name }) => <option key={code} value={code}>{name}</option>)}
        </select>
      </label>
      {(s.kit?.more_teams || teams.length > 7) && <FindTeam />}
    </Frame>
  );
}

/** Whoever looks after many teams looks for one by name; it is then in the kit, with its members. */
let found: Named[] = [];

function FindTeam() {
  const fetch = (url: string, init: RequestInit) => one.runner!.fetch(url, init);
  const look = async (form: HTMLFormElement) => {
    try {
      found = await findTeams(String(new FormData(form).get("q")).trim(), fetch);
      set({ alarm: found.length ? "" : t.noSuchTeam });
    } catch {
      set({ alarm: t.phases.waiting });
    }
  };
  const choose = async (code: string) => {
    const team = await addTeam(one.db, s.user!, code, fetch).catch(() => null);
    if (!team) return set({ alarm: t.noSuchTeam });
    found = [];
    await readKit();
    set({ draft: { ...s.draft, team: code }, alarm: "" });
  };
  return (
    <form class="row" onSubmit={(event) => { event.preventDefault(); void look(event.currentTarget); }}>
      <label>{t.otherTeam}<input name="q" type="search" maxLength={60} autocomplete="off" /></label>
      <button class="button quiet"><Icon name="search" />{t.find}</button>
      {found.map(({ code, name }) => <Button key={code} look="quiet" icon="plus" label={name} onClick={() => choose(code)} />)}
    </form>
  );
}
