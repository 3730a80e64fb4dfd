"""What is kept of the patient: a wish to have it deleted is taken from those whose phone is proved."""

from __future__ import annotations

import asyncio
import copy

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions import switching
from actions.alarm import slots as alarm
from actions.answers.ready import PRIVACY, ActionAnswerTopic, give
from actions.base import Events, SafeAction, Say
from actions.reading import read
from actions.tasks import release_move
from actions.visits import slots as visits
from actions.visits.finish import forgotten

_LISTEN = FollowupAction("action_listen")


class ActionAnswerPrivacy(ActionAnswerTopic):
    """Says what will be deleted and by when, then has the phone proved; `ActionStorePrivacy` takes the wish.

    Other questions about data are answered at once, as is everything of a proved phone or while an alarm
    is open.
    """

    action_name = "action_answer_privacy"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        answer = self.context.speech.answers.choose(PRIVACY, read(tracker).meant)
        proves = answer.response in self.context.words.labels["privacy_proof"]
        if not proves or await self._needs_no_code(tracker):
            return await super().perform(say, tracker)
        say(f"{answer.response}_proof", deadline=self.context.speech.request_words.deadlines[answer.response])
        await release_move(self.context, tracker)
        known = {visits.TASK: visits.PRIVACY, visits.SAID: visits.said_of(tracker)}
        return switching.begin(tracker, switching.VISITS, dict.fromkeys(visits.STATE) | known)

    async def _needs_no_code(self, tracker: Tracker) -> bool:
        if (tracker.active_loop or {}).get("name") == alarm.FORM:
            return True
        identity = self.context.clinic.identity
        return await asyncio.to_thread(identity.proved_phone, tracker.sender_id) is not None


class ActionStorePrivacy(SafeAction):
    """Stores the wish about data. Of somebody who could not get a code a person makes sure first."""

    action_name = "action_store_privacy"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        asked = copy.copy(tracker)
        # The wish is what was written first, not the code.
        text = (tracker.get_slot(visits.SAID) or {}).get("text", "")
        asked.latest_message = {**tracker.latest_message, "text": text}
        answer = self.context.speech.answers.choose(PRIVACY, text)
        await give(self.context, say, asked, PRIVACY, answer, link=self.context.words.consent_link)
        return [*forgotten(), *await switching.what_waits(self.context, say, tracker), _LISTEN]

    def failed(self, say: Say, tracker: Tracker) -> Events:
        if say.count == 0:
            say("utter_privacy_failed")
        return [*forgotten(), _LISTEN]
