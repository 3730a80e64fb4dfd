"""Every action of ours, by hand: nothing is registered by being imported."""

from __future__ import annotations

from actions.advice.which_doctor import (
    ActionAdvise,
    ActionMedicalAdvice,
    ActionStopAdvice,
    ActionWhichDoctor,
    AskComplaint,
    AskSince,
    ValidateWhichDoctorForm,
)
from actions.advice.which_doctor import AskPatient as AskAdvicePatient
from actions.alarm.emergency import ActionAfterAlarm, ActionEmergency, AskAlarmSettled, ValidateAlarmForm
from actions.answers.branches import ActionAnswerBranches
from actions.answers.doctors import ActionAnswerDoctors
from actions.answers.preparation import ActionAnswerPreparation
from actions.answers.price import ActionAnswerPrice
from actions.answers.privacy import ActionAnswerPrivacy, ActionStorePrivacy
from actions.answers.ready import ActionAnswerHomeVisit, ActionAnswerInsurance, ActionAnswerTopic
from actions.answers.services import ActionAnswerServices
from actions.base import SafeAction
from actions.booking.ask import (
    AskBirthDate,
    AskConfirmed,
    AskConsent,
    AskForWhom,
    AskInsurer,
    AskOffer,
    AskPatient,
    AskPhone,
    AskPlace,
    AskPolicy,
    AskWhat,
    AskWish,
)
from actions.booking.form import ValidateBookingForm
from actions.booking.submit import ActionBookVisit, ActionStopBooking
from actions.further import with_further
from actions.people import ActionCallOperator
from actions.small_talk import ActionBye, ActionGreet, ActionNotUnderstood
from actions.tasks import ActionContinueTask, ActionStartTask
from actions.visits.ask import AskDecision, AskReason, AskVisit, AskVisitsCode, AskVisitsPhone
from actions.visits.finish import ActionFinishVisits, ActionGoOnAfterVisits, ActionStopVisits
from actions.visits.form import ValidateVisitsForm
from actions.visits.moving import ActionStartMove
from actions.waitlist import ActionWaitList
from actions.yes_no import ActionAnswerNo, ActionAnswerYes

ACTIONS: tuple[type[SafeAction], ...] = (
    ValidateBookingForm,
    AskWhat,
    AskForWhom,
    AskInsurer,
    AskPolicy,
    AskPlace,
    AskWish,
    AskOffer,
    AskConsent,
    AskPatient,
    AskPhone,
    AskBirthDate,
    AskConfirmed,
    ActionBookVisit,
    ActionStopBooking,
    ValidateVisitsForm,
    AskVisitsPhone,
    AskVisitsCode,
    AskVisit,
    AskDecision,
    AskReason,
    ActionStartMove,
    ActionFinishVisits,
    ActionGoOnAfterVisits,
    ActionStopVisits,
    ActionStartTask,
    ActionContinueTask,
    with_further(ActionAnswerPrice),
    with_further(ActionAnswerPreparation),
    with_further(ActionAnswerServices),
    with_further(ActionAnswerDoctors),
    with_further(ActionAnswerBranches),
    with_further(ActionAnswerTopic),
    with_further(ActionAnswerPrivacy),
    ActionStorePrivacy,
    with_further(ActionAnswerInsurance),
    with_further(ActionAnswerHomeVisit),
    ActionWaitList,
    ActionWhichDoctor,
    ActionMedicalAdvice,
    ValidateWhichDoctorForm,
    AskComplaint,
    AskSince,
    AskAdvicePatient,
    ActionAdvise,
    ActionStopAdvice,
    ActionAnswerYes,
    ActionAnswerNo,
    ActionCallOperator,
    ActionEmergency,
    ValidateAlarmForm,
    AskAlarmSettled,
    ActionAfterAlarm,
    ActionBye,
    ActionGreet,
    ActionNotUnderstood,
)
